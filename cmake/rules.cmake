# descent::rules: the engines of common rules for trees of float and of double, compiled once. A project may link it instead of
# compiling them in each file that includes <descent/rules.hpp>; it is built with the flags of that project.
set(descent_common_rules
  adam:Adam adamw:AdamW adagrad:Adagrad lamb:Lamb lion:Lion muon:Muon nadam:NAdam rmsprop:RmsProp sgd:Sgd)
set(descent_rules_sources)
foreach(rule IN LISTS descent_common_rules)
  string(REGEX MATCH "^([a-z_]+):([A-Za-z]+)$" matched ${rule})
  set(source "${CMAKE_CURRENT_BINARY_DIR}/descent_rules/${CMAKE_MATCH_1}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT [=[
#include <descent/core/precompiled.hpp>
#include <descent/optimizers/@CMAKE_MATCH_1@.hpp>

DESCENT_INSTANTIATE(descent::@CMAKE_MATCH_2@, float)
DESCENT_INSTANTIATE(descent::@CMAKE_MATCH_2@, double)
]=] @ONLY)
  list(APPEND descent_rules_sources "${source}")
endforeach()
# What make_optimizer needs of all rules (<descent/runtime/parse_rule.hpp>), in parts that compile side by side.
set(descent_runtime "${CMAKE_CURRENT_LIST_DIR}/../include/descent/runtime")
file(STRINGS "${descent_runtime}/all_rules.hpp" descent_names REGEX "^    [A-Za-z0-9]+(,|>;)$")
list(TRANSFORM descent_names REPLACE "[ ,>;]" "")
set(descent_rules_a_part 8)  # more take more than 1.5 GB of memory, or 6 GB with debug information
list(LENGTH descent_names descent_count)
set(descent_begin 0)
set(descent_parts)
while(descent_begin LESS descent_count)
  list(SUBLIST descent_names ${descent_begin} ${descent_rules_a_part} descent_part)
  list(JOIN descent_part ", " descent_part)
  list(APPEND descent_parts "RuleSet<${descent_part}>")
  math(EXPR descent_begin "${descent_begin} + ${descent_rules_a_part}")
endwhile()
list(LENGTH descent_parts descent_count)
math(EXPR descent_last "${descent_count} - 1")
set(DESCENT_RULES_ELEMENT_TYPES float double CACHE STRING "The element types of trees for which descent::rules holds the rules of make_optimizer")
foreach(scalar IN LISTS DESCENT_RULES_ELEMENT_TYPES)
  foreach(number RANGE ${descent_last})
    list(GET descent_parts ${number} descent_part)
    set(source "${CMAKE_CURRENT_BINARY_DIR}/descent_rules/runtime_${scalar}_${number}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT [=[
#include <descent/runtime/all_rules.hpp>
#include <descent/runtime/table_in_parts.hpp>

template <>
descent::detail::EntriesOfPart<@scalar@> descent::detail::entries_of_part<@scalar@, @number@>() {
  return TableOf<@descent_part@, @scalar@>::entries;
}
]=] @ONLY)
    list(APPEND descent_rules_sources "${source}")
  endforeach()
  set(source "${CMAKE_CURRENT_BINARY_DIR}/descent_rules/runtime_${scalar}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT [=[
#include <descent/runtime/parse_rule.hpp>
#include <descent/runtime/table_in_parts.hpp>

template <>
const descent::detail::RuleTable<@scalar@>& descent::detail::table_of_all_rules<@scalar@>() {
  return TableInParts<@scalar@, @descent_count@>::table;
}
]=] @ONLY)
  list(APPEND descent_rules_sources "${source}")
endforeach()

add_library(descent_rules STATIC EXCLUDE_FROM_ALL ${descent_rules_sources})
add_library(descent::rules ALIAS descent_rules)
target_link_libraries(descent_rules PUBLIC descent::descent)
target_compile_definitions(descent_rules PUBLIC DESCENT_RULES_COMPILED)
