# descent::rules, for projects that link it: the engines of common rules (<descent/rules.hpp>), and all rules that make_optimizer
# can name (<descent/runtime/parse_rule.hpp>), compiled once. It is built with the flags of the project.
set(DESCENT_RULES_ELEMENT_TYPES float double CACHE STRING
  "The element types of trees for which descent::rules holds the rules of make_optimizer")

# More take more than 1.5 GB of memory if they are optimized, or 6 GB with debug information.
set(DESCENT_RULES_PER_FILE 8 CACHE STRING "How many rules of make_optimizer descent::rules compiles in a file")

# Writes a file that instantiates each common rule.
function(descent_write_common_rules result)
  foreach(rule IN ITEMS adam:Adam adamw:AdamW adagrad:Adagrad lamb:Lamb lion:Lion muon:Muon nadam:NAdam rmsprop:RmsProp sgd:Sgd)
    string(REGEX MATCH "^([a-z_]+):([A-Za-z]+)$" matched ${rule})
    set(source "${CMAKE_CURRENT_BINARY_DIR}/descent_rules/${CMAKE_MATCH_1}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT [=[
#include <descent/core/precompiled.hpp>
#include <descent/optimizers/@CMAKE_MATCH_1@.hpp>

DESCENT_INSTANTIATE(descent::@CMAKE_MATCH_2@, float)
DESCENT_INSTANTIATE(descent::@CMAKE_MATCH_2@, double)
]=] @ONLY)
    list(APPEND written "${source}")
  endforeach()
  set(${result} ${${result}} ${written} PARENT_SCOPE)
endfunction()

# The rules in <descent/runtime/all_rules.hpp>, in lists that compile side by side.
function(descent_list_rules include_dir result)
  file(STRINGS "${include_dir}/descent/runtime/all_rules.hpp" names REGEX "^    [A-Za-z0-9]+(,|>;)$")
  list(TRANSFORM names REPLACE "[ ,>;]" "")
  list(LENGTH names count)
  set(begin 0)
  while(begin LESS count)
    list(SUBLIST names ${begin} ${DESCENT_RULES_PER_FILE} part)
    list(JOIN part ", " part)
    list(APPEND made "RuleSet<${part}>")
    math(EXPR begin "${begin} + ${DESCENT_RULES_PER_FILE}")
  endwhile()
  set(${result} "${made}" PARENT_SCOPE)
endfunction()

# Writes the files of the table of rules for trees of `scalar`.
function(descent_write_table scalar parts result)
  list(LENGTH parts count)
  set(number 0)
  foreach(part IN LISTS parts)
    set(source "${CMAKE_CURRENT_BINARY_DIR}/descent_rules/runtime_${scalar}_${number}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT [=[
#include <descent/runtime/all_rules.hpp>
#include <descent/runtime/table_in_parts.hpp>

template <>
descent::detail::EntriesOfPart<@scalar@> descent::detail::entries_of_part<@scalar@, @number@>() {
  return TableOf<@part@, @scalar@>::entries;
}
]=] @ONLY)
    list(APPEND written "${source}")
    math(EXPR number "${number} + 1")
  endforeach()
  set(source "${CMAKE_CURRENT_BINARY_DIR}/descent_rules/runtime_${scalar}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT [=[
#include <descent/runtime/parse_rule.hpp>
#include <descent/runtime/table_in_parts.hpp>

template <>
const descent::detail::RuleTable<@scalar@>& descent::detail::table_of_all_rules<@scalar@>() {
  return TableInParts<@scalar@, @count@>::table;
}
]=] @ONLY)
  set(${result} ${${result}} ${written} "${source}" PARENT_SCOPE)
endfunction()

function(descent_add_rules include_dir)
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if(TARGET descent_rules OR NOT "CXX" IN_LIST languages)
    return()
  endif()
  descent_write_common_rules(sources)
  descent_list_rules("${include_dir}" parts)
  foreach(scalar IN LISTS DESCENT_RULES_ELEMENT_TYPES)
    descent_write_table(${scalar} "${parts}" sources)
  endforeach()
  add_library(descent_rules STATIC EXCLUDE_FROM_ALL ${sources})
  add_library(descent::rules ALIAS descent_rules)
  target_link_libraries(descent_rules PUBLIC descent::descent)
  target_compile_definitions(descent_rules PUBLIC DESCENT_RULES_COMPILED)
  # What all of its files read; each takes seconds less to compile.
  target_precompile_headers(descent_rules PRIVATE <descent/core/precompiled.hpp> <descent/runtime/all_rules.hpp>)
endfunction()
