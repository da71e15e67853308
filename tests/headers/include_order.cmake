# Greps the headers of INCLUDE_DIR for includes that go upward, and for what the lower layers must not use.
# Run it by hand with: cmake -DINCLUDE_DIR=include -P tests/headers/include_order.cmake
cmake_minimum_required(VERSION 3.25)
get_filename_component(INCLUDE_DIR "${INCLUDE_DIR}" ABSOLUTE)

# Headers that keep the paths that users know: they include from a room, and no header includes them.
set(doors "schedules/(algebra|parse_schedule|sequence|text|to_string)|training/[^/]+|transforms/[^/]+|descent|rules")
# Lowest first. A header may include headers of its own line and of the lines above it.
set(order
  "version\\.hpp|core/base/"
  "core/(check|errors|rule_traits|schedule|tensor|threads)\\.hpp|core/simd/"
  "core/(parameters|partial_gradients)\\.hpp|core/tree/"
  "core/(rule|chain)\\.hpp|core/plan/|core/memory/"
  "core/state/"
  "core/engine/"
  "core/saved/"
  "core/(optimizer|precompiled|saved_state|growth)\\.hpp"
  "linalg/"
  "schedules/[^/]+\\.hpp"
  "schedules/compose/"
  "schedules/text/"
  "transforms/|wrappers/"
  "optimizers/"
  "runtime/"
  "threads/"
  "training/support/"
  "training/problem/"
  "training/observe/"
  "training/adapt/"
  "training/minimize/|training/fit/"
  "training/diagnose/"
  "training/chart/"
  "training/report/"
  "io/"
  "testing/")
# Pairs that share a line, but neither of which includes the other.
set(strangers "core/memory/ core/plan/" "core/plan/ core/memory/")
set(most_headers_in_core 14)
set(most_headers_below_optimizer 55)  # that core/optimizer.hpp includes, directly or not; no more than today
set(layers_1_to_4 "core|linalg|schedules|transforms|wrappers|optimizers")
set(not_in_layers_1_to_4 "iostream|filesystem|thread|regex")
set(depends_on_locale "printf|scanf|strto[dfl]|std::sto[dfil]|stringstream")
set(may_name_eigen_internal "core/simd/|testing/|linalg/pack_product\\.hpp")

# Rooms whose code depends on how a file is compiled: it stands in the inline namespace of core/simd/build.hpp.
set(tagged_rooms "core/(simd|memory|state|engine|saved)/|core/optimizer\\.hpp|linalg/|runtime/")

set(failures "")
macro(fail text)
  string(APPEND failures "  ${text}\n")
endmacro()

function(rank_of header result)
  set(rank 0)
  if(header MATCHES "^(${doors})\\.hpp$")
    set(${result} 1000 PARENT_SCOPE)
    return()
  endif()
  foreach(rooms IN LISTS order)
    if(header MATCHES "^(${rooms})")
      set(${result} ${rank} PARENT_SCOPE)
      return()
    endif()
    math(EXPR rank "${rank} + 1")
  endforeach()
  set(${result} "none" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE headers RELATIVE "${INCLUDE_DIR}/descent" "${INCLUDE_DIR}/descent/*.hpp")
if(NOT headers)
  message(FATAL_ERROR "No headers in '${INCLUDE_DIR}/descent'")
endif()

foreach(header IN LISTS headers)
  rank_of("${header}" rank)
  if(rank STREQUAL "none")
    fail("${header}: is in no room; give it a place in the order of tests/headers/include_order.cmake")
    continue()
  endif()
  set(included_by_${header} "")
  file(STRINGS "${INCLUDE_DIR}/descent/${header}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
  foreach(line IN LISTS lines)
    if(line MATCHES "[<\"]descent/([^>\"]+)[>\"]")
      set(included "${CMAKE_MATCH_1}")
      list(APPEND included_by_${header} "${included}")
      rank_of("${included}" included_rank)
      if(NOT EXISTS "${INCLUDE_DIR}/descent/${included}")
        fail("${header}: includes <descent/${included}>, which does not exist")
      elseif(included_rank EQUAL 1000 AND NOT header MATCHES "^(descent|rules)\\.hpp$")
        fail("${header}: includes <descent/${included}>, which only forwards to a room; include that")
      elseif(included_rank GREATER rank)
        list(GET order ${rank} own)
        list(GET order ${included_rank} other)
        fail("${header}: includes <descent/${included}>, which is above it: '${own}' comes before '${other}'")
      endif()
      foreach(pair IN LISTS strangers)
        string(REPLACE " " ";" pair "${pair}")
        list(GET pair 0 from)
        list(GET pair 1 to)
        if(header MATCHES "^${from}" AND included MATCHES "^${to}")
          fail("${header}: includes <descent/${included}>; ${from} and ${to} must not include each other")
        endif()
      endforeach()
    elseif(header MATCHES "^(${layers_1_to_4})/" AND line MATCHES "<(${not_in_layers_1_to_4})>")
      fail("${header}: includes <${CMAKE_MATCH_1}>; layers 1 to 4 build for a microcontroller")
    endif()
  endforeach()

  file(STRINGS "${INCLUDE_DIR}/descent/${header}" lines REGEX "${depends_on_locale}")
  list(FILTER lines EXCLUDE REGEX "^ *//")
  if(lines)
    fail("${header}: writes or reads numbers by the locale (1,5): ${lines}; use text_of, formatted or std::to_chars")
  endif()

  if(header MATCHES "^(${tagged_rooms})")
    file(STRINGS "${INCLUDE_DIR}/descent/${header}" lines REGEX "^namespace descent::(detail|simd) {|^namespace detail {")
    if(lines)
      fail("${header}: opens '${lines}', must open namespace ...::inline DESCENT_BUILD (core/simd/build.hpp)")
    endif()
    file(STRINGS "${INCLUDE_DIR}/descent/${header}" lines REGEX "inline DESCENT_BUILD {|<descent/core/simd/build.hpp>")
    list(LENGTH lines count)
    if(count EQUAL 1)
      fail("${header}: must include <descent/core/simd/build.hpp> if it names DESCENT_BUILD, and only then")
    endif()
  endif()

  file(STRINGS "${INCLUDE_DIR}/descent/${header}" names REGEX "Eigen::internal")
  if(names AND NOT header MATCHES "^(${may_name_eigen_internal})")
    fail("${header}: names Eigen::internal; only '${may_name_eigen_internal}' may")
  endif()
endforeach()

foreach(header IN LISTS headers)
  foreach(included IN LISTS included_by_${header})
    if(header IN_LIST included_by_${included} AND header STRLESS included)
      fail("${header}: includes <descent/${included}>, and that includes it")
    endif()
  endforeach()
endforeach()

set(in_core ${headers})
list(FILTER in_core INCLUDE REGEX "^core/[^/]+$")
list(LENGTH in_core count)
if(count GREATER most_headers_in_core)
  fail("core/: has ${count} headers outside its rooms, must be at most ${most_headers_in_core}")
endif()

set(reached "")
set(waiting ${included_by_core/optimizer.hpp})
while(waiting)
  list(POP_FRONT waiting header)
  if(NOT header IN_LIST reached)
    list(APPEND reached "${header}")
    list(APPEND waiting ${included_by_${header}})
  endif()
endwhile()
list(LENGTH reached count)
if(count GREATER most_headers_below_optimizer)
  fail("core/optimizer.hpp: includes ${count} headers, directly or not, must be at most ${most_headers_below_optimizer}")
endif()

list(LENGTH headers all)
if(failures)
  message(FATAL_ERROR "Of ${all} headers:\n${failures}")
endif()
message(STATUS "${all} headers include only downward; core/optimizer.hpp includes ${count}")
