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
add_library(descent_rules STATIC EXCLUDE_FROM_ALL ${descent_rules_sources})
add_library(descent::rules ALIAS descent_rules)
target_link_libraries(descent_rules PUBLIC descent::descent)
