# Sets `headers` to the headers in the `folders` of INCLUDE_DIR/descent.
foreach(folder IN LISTS folders)
  file(GLOB_RECURSE found RELATIVE "${INCLUDE_DIR}/descent" "${INCLUDE_DIR}/descent/${folder}/*.hpp")
  list(APPEND headers ${found})
endforeach()
if(NOT headers)
  message(FATAL_ERROR "No headers in '${INCLUDE_DIR}/descent'")
endif()
