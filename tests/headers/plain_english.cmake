# Greps the comments of the headers and the documents of SOURCE_DIR for wordings that a reader must parse twice.
# Run it by hand with: cmake -DSOURCE_DIR=. -P tests/headers/plain_english.cmake
cmake_minimum_required(VERSION 3.25)
get_filename_component(SOURCE_DIR "${SOURCE_DIR}" ABSOLUTE)

# A wording and the plain one. Only wordings that are never right; the style is described in docs/DEVELOPERS.md.
set(wordings
  "[Bb]eside" "next to, besides, or compared with"
  "[Aa]new" "again"
  "[Ii]n vain" "without progress"
  "(has|have) to be given" "(required)"
  "(has|have) another [a-z]+( [a-z]+)? than" "has a different ... from"
  "[Aa]nother [a-z]+( [a-z]+)? than" "a different ... from"
  "(block|element|parameter|row|gradient|decay|that|which)s? rests?" "is skipped"
  "(is|are) let pass" "is tolerated"
  "(that|those) which" "the one that"
  "[Aa] (block|tensor|tree|rule) bears" "has")

string(ASCII 1 semicolon)
string(ASCII 2 opening)
string(ASCII 3 closing)

set(failures "")
# Reports each line of `file` that contains a wording after `start`, the start of a line or of a comment.
function(check_file file start)
  file(READ "${SOURCE_DIR}/${file}" content)
  # A list would split at semicolons and join at brackets.
  string(REPLACE ";" "${semicolon}" content "${content}")
  string(REPLACE "[" "${opening}" content "${content}")
  string(REPLACE "]" "${closing}" content "${content}")
  set(left ${wordings})
  while(left)
    list(POP_FRONT left wording plain)
    set(pattern "${start}[^\n]*[^A-Za-z_`]${wording}[^A-Za-z_]")
    if(NOT "\n ${content}\n" MATCHES "${pattern}")
      continue()
    endif()
    string(REPLACE "\n" ";" lines "${content}")
    set(number 0)
    foreach(line IN LISTS lines)
      math(EXPR number "${number} + 1")
      if("\n ${line}\n" MATCHES "${pattern}")
        string(REPLACE "${opening}" "[" line "${line}")
        string(REPLACE "${closing}" "]" line "${line}")
        string(REPLACE "${semicolon}" ";" line "${line}")
        string(STRIP "${line}" line)
        string(APPEND failures "  ${file}:${number}: ${line}\n    write: ${plain}\n")
      endif()
    endforeach()
  endwhile()
  set(failures "${failures}" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE headers RELATIVE "${SOURCE_DIR}" "${SOURCE_DIR}/include/*.hpp")
file(GLOB_RECURSE documents RELATIVE "${SOURCE_DIR}" "${SOURCE_DIR}/docs/*.md" "${SOURCE_DIR}/include/*.md")
file(GLOB more RELATIVE "${SOURCE_DIR}" "${SOURCE_DIR}/*.md" "${SOURCE_DIR}/benchmarks/*.md")
list(APPEND documents ${more})
if(NOT headers OR NOT documents)
  message(FATAL_ERROR "No headers or no documents in '${SOURCE_DIR}'")
endif()
foreach(header IN LISTS headers)
  check_file("${header}" "//")
endforeach()
foreach(document IN LISTS documents)
  check_file("${document}" "\n")
endforeach()

list(LENGTH headers header_count)
list(LENGTH documents document_count)
if(failures)
  message(FATAL_ERROR "Wordings that are hard to read:\n${failures}")
endif()
message(STATUS "${header_count} headers and ${document_count} documents are free of the wordings listed here")
