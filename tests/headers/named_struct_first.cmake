# Greps the headers in INCLUDE_DIR for a struct or class that has the name of its file but does not come first in it: who
# opens optimizers/lamb.hpp looks for Lamb. Its parts stand inside it, below it, or in a header of their own.
# Run it by hand with: cmake -DINCLUDE_DIR=include -P tests/headers/named_struct_first.cmake
cmake_minimum_required(VERSION 3.25)
get_filename_component(INCLUDE_DIR "${INCLUDE_DIR}" ABSOLUTE)

set(folders optimizers transforms wrappers schedules training io)
# May come first: enumerations, since they are the values of options, and the options of a constructor, since its default
# argument needs them complete.
set(may_come_first "Options$")
# Reviewed: `header ¦ reason`.
set(reviewed
  "transforms/decay/decay.hpp ¦ DecayForm is the parameter of the template Decay"
  "training/chart/chart.hpp ¦ a chart holds panels, a panel series, and so on, by value, down to the first struct")

set(failures "")
macro(fail text)
  string(APPEND failures "  ${text}\n")
endmacro()

set(exceptions "")
foreach(line IN LISTS reviewed)
  string(REGEX REPLACE " ¦ .*$" "" header "${line}")
  list(APPEND exceptions "${header}")
endforeach()

include("${CMAKE_CURRENT_LIST_DIR}/find_headers.cmake")

set(named 0)
foreach(header IN LISTS headers)
  cmake_path(GET header STEM stem)
  string(REPLACE "_" "" wanted "${stem}")
  file(STRINGS "${INCLUDE_DIR}/descent/${header}" lines REGEX "^(struct|class) [A-Za-z0-9]+[^;]*$")
  set(first "")
  set(has_named FALSE)
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^(struct|class) ([A-Za-z0-9]+)" line "${line}")
    set(name "${CMAKE_MATCH_2}")
    string(TOLOWER "${name}" lower)
    if(lower STREQUAL wanted)
      set(has_named TRUE)
    elseif(NOT has_named AND first STREQUAL "" AND NOT name MATCHES "${may_come_first}")
      set(first "${name}")
    endif()
  endforeach()
  if(has_named)
    math(EXPR named "${named} + 1")
  endif()
  if(has_named AND NOT first STREQUAL "" AND NOT header IN_LIST exceptions)
    fail("${header}: ${first} comes before the struct or class that the file is named after; put it inside, below, or in a \
header of its own")
  elseif(header IN_LIST exceptions AND NOT (has_named AND NOT first STREQUAL ""))
    fail("${header}: has its struct first; take it off the list in named_struct_first.cmake")
  endif()
endforeach()
foreach(header IN LISTS exceptions)
  if(NOT header IN_LIST headers)
    fail("${header}: does not exist; take it off the list in named_struct_first.cmake")
  endif()
endforeach()

list(LENGTH headers all)
if(failures)
  message(FATAL_ERROR "Of ${all} headers:\n${failures}")
endif()
message(STATUS "${all} headers: ${named} have a struct or class of their name, and it comes first")
