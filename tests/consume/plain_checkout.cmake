# Configures SOURCE_DIR in BUILD_DIR as a user does who has Eigen and nothing else: the tests are left out with a notice.
# Tests that were asked for fail.
foreach(missing Catch2 nlohmann_json)
  foreach(asked "" "-DDESCENT_BUILD_TESTS=ON")
    file(REMOVE_RECURSE "${BUILD_DIR}")
    set(options "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DEigen3_DIR=${Eigen3_DIR}" -DDESCENT_TEST_HEADERS=OFF
      -DDESCENT_TEST_BUILDING=OFF "-DCMAKE_DISABLE_FIND_PACKAGE_${missing}=ON" ${asked})
    foreach(try first again)
      execute_process(COMMAND "${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${SOURCE_DIR}" -B "${BUILD_DIR}" ${options}
        RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
      if(asked AND result EQUAL 0)
        message(FATAL_ERROR "Without ${missing}, ${asked} must fail:\n${output}")
      elseif(NOT asked AND NOT result EQUAL 0)
        message(FATAL_ERROR "Without ${missing}, a plain checkout must configure:\n${output}")
      elseif(NOT asked AND try STREQUAL "first" AND NOT output MATCHES "tests are left out, because ${missing} was not")
        message(FATAL_ERROR "Without ${missing}, a notice must say that the tests are left out:\n${output}")
      endif()
    endforeach()
    if(NOT asked AND EXISTS "${BUILD_DIR}/tests")
      message(FATAL_ERROR "Without ${missing}, the tests must be left out")
    endif()
  endforeach()
endforeach()

# Without Google Benchmark the two programs that do not need it remain.
file(REMOVE_RECURSE "${BUILD_DIR}")
execute_process(COMMAND "${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${SOURCE_DIR}" -B "${BUILD_DIR}"
  "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DEigen3_DIR=${Eigen3_DIR}" -DDESCENT_BUILD_TESTS=OFF -DDESCENT_BUILD_BENCHMARKS=ON
  -DCMAKE_DISABLE_FIND_PACKAGE_benchmark=ON RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result EQUAL 0 OR NOT output MATCHES "Google Benchmark was not found")
  message(FATAL_ERROR "Without Google Benchmark, the benchmarks must be left out with a notice:\n${output}")
endif()
