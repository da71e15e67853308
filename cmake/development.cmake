# What descent's own tests, examples and benchmarks are built with. Nothing of it reaches users.
option(DESCENT_WARNINGS_AS_ERRORS "Treat warnings as errors in descent's own programs" OFF)
option(DESCENT_OPENMP "Use OpenMP in descent's own programs where the compiler has it" ON)

enable_testing()
set(CMAKE_CXX_EXTENSIONS OFF)

# The prefix tells builds apart where one ctest run covers several (.ci/run).
set(DESCENT_TEST_PREFIX "" CACHE STRING "What the names of descent's tests begin with")
function(descent_test label name)  # ARGUMENTS_OF_ADD_TEST...
  add_test(NAME ${DESCENT_TEST_PREFIX}${name} ${ARGN})
  set_tests_properties(${DESCENT_TEST_PREFIX}${name} PROPERTIES LABELS ${label})
endfunction()

add_library(descent_development INTERFACE)
target_link_libraries(descent_development INTERFACE descent::descent)
if(NOT MSVC)
  target_compile_options(descent_development INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion
    $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized -Wno-maybe-uninitialized>  # false alarms in its AVX-512 intrinsics
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-stringop-overflow>         # and in its std::string at -O3
    $<$<BOOL:${DESCENT_WARNINGS_AS_ERRORS}>:-Werror>)
endif()

if(DESCENT_OPENMP)
  find_package(OpenMP QUIET COMPONENTS CXX)
endif()
add_library(descent_threads INTERFACE)
target_link_libraries(descent_threads INTERFACE $<TARGET_NAME_IF_EXISTS:OpenMP::OpenMP_CXX>)
