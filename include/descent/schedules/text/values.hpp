// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/names.hpp>
#include <descent/schedules/text/reader.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

// The values of options in text.
namespace descent::detail {

inline void read_value(TextReader& reader, double& value) { value = reader.number(); }
inline void read_value(TextReader& reader, std::int64_t& value) { value = reader.whole(); }

inline void read_value(TextReader& reader, bool& value) {
  const std::string_view word = reader.word();
  if (word != "true" && word != "false") reader.fail_here("true or false");
  value = word == "true";
  reader.pass(word);
}

/// Skips descent:: if it is next.
inline void skip_namespace(TextReader& reader) {
  TextReader ahead = reader;
  if (ahead.word() != "descent") return;
  ahead.pass("descent");
  if (ahead.accept("::")) reader = ahead;
}

/// With or without the prefix of the enumeration.
template <class Enumeration>
  requires std::is_enum_v<Enumeration>
void read_value(TextReader& reader, Enumeration& value) {
  skip_namespace(reader);
  if (reader.word() == type_name<Enumeration>()) {
    reader.pass(reader.word());
    reader.expect("::");
  }
  const std::string_view names = value_names(value), word = reader.word();
  for (std::size_t i = 0; !name_in_list(names, i).empty(); ++i) {
    if (word != name_in_list(names, i)) continue;
    value = static_cast<Enumeration>(i);
    return reader.pass(word);
  }
  reader.fail_here("one of " + std::string(names));
}

}  // namespace descent::detail
