// SPDX-License-Identifier: MIT
// Headers that no program should write: each is refused with a sentence, in little time and memory.
#include "io/support.hpp"

#include <chrono>

using Catch::Matchers::ContainsSubstring;
using test::error_in;
using test::file_with_header;

namespace {
/// What is said about a header, without the beginning that all messages have.
std::string error_of_header(std::string_view header, std::size_t data = 0) {
  const std::string message = error_in(file_with_header(header, data));
  const std::string begin = "descent: a.safetensors: ";
  REQUIRE(message.starts_with(message.empty() ? "" : begin));
  return message.empty() ? "" : message.substr(begin.size());
}
std::string tensor(std::string_view name, std::string_view shape, std::string_view offsets,
                   std::string_view type = "F32") {
  return descent::detail::joined(
      {"\"", name, "\":{\"dtype\":\"", type, "\",\"shape\":", shape, ",\"data_offsets\":", offsets, "}"});
}
std::string with(std::string_view members) { return descent::detail::joined({"{", members, "}"}); }
std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t k = 0; k < count; ++k) result += text;
  return result;
}
}  // namespace

TEST_CASE("the header's length must fit the file") {
  CHECK(error_in("") ==
        "descent: a.safetensors: is not a safetensors file: it has 0 bytes, must have at least 8");
  CHECK_THAT(error_in("1234567"), ContainsSubstring("has 7 bytes"));
  CHECK_THAT(error_in(std::string(8, '\xff')),
             ContainsSubstring("announce a header of 18446744073709551615 bytes"));
  CHECK(error_in(std::string("\x03\0\0\0\0\0\0\0{}", 10)) ==
        "descent: a.safetensors: is not a safetensors file or is incomplete: its first 8 bytes announce a "
        "header of 3 "
        "bytes, the file has 10");
  CHECK(error_of_header("") == "is not a safetensors file: its header begins with the end, must be '{'");
  CHECK(error_of_header(" {}") == "is not a safetensors file: its header begins with ' ', must be '{'");
  CHECK(error_of_header("[]") == "is not a safetensors file: its header begins with '[', must be '{'");
  CHECK(error_of_header("{}   ").empty());
}

TEST_CASE("the header must be JSON") {
  CHECK(error_of_header("{") == "has an invalid header: byte 1 is the end, must be '\"'");
  CHECK(error_of_header("{} x") == "has an invalid header: byte 3 is 'x', must be the end");
  CHECK(error_of_header("{\"a\" 1}") == "has an invalid header: byte 5 is '1', must be ':'");
  CHECK_THAT(error_of_header("{\"a\":1}"), ContainsSubstring("byte 5 is '1', must be '{'"));
  CHECK_THAT(error_of_header("{\"a"), ContainsSubstring("is the end, must be '\"'"));
  CHECK_THAT(error_of_header("{\"a\n\":{}}"), ContainsSubstring("the byte 0x0a, must be escaped"));
  CHECK(error_of_header("{}\x7f") == "has an invalid header: byte 2 is the byte 0x7f, must be the end");
  CHECK(error_of_header("{}\xfe") == "has an invalid header: byte 2 is the byte 0xfe, must be the end");
  for (const std::string bad : {"\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80",
                                "\xf4\x90\x80\x80", "\xf0\x80\x80\x80", "\xe2\x82", "\x80", "\xc3"})
    CHECK_THAT(error_of_header(with("\"" + bad + "\":1")), ContainsSubstring("must be UTF-8"));
  CHECK_THAT(error_of_header(R"({"\x":1})"), ContainsSubstring("byte 3 is 'x', must be an escape of JSON"));
  CHECK_THAT(error_of_header(R"({"\u12g4":1})"), ContainsSubstring("must be a hexadecimal digit"));
  CHECK_THAT(error_of_header(R"({"\u12)"), ContainsSubstring("must be a hexadecimal digit"));
  for (const std::string bad : {R"(\ud800)", R"(\udc00)", R"(\ud800\u0041)", R"(\ud800\ud800)", R"(\ud800x)"})
    CHECK_THAT(error_of_header(with("\"" + bad + "\":1")), ContainsSubstring("a surrogate stands alone"));
  const auto file = test::parsed(
      file_with_header(with(tensor(R"(\ud83d\ude00\u00e9\u20AC\/\b\f\n\r\t\"\\\u0000)", "[]", "[0,4]")), 4));
  CHECK(file.entries()[0].name == std::string("\xf0\x9f\x98\x80\xc3\xa9\xe2\x82\xac/\b\f\n\r\t\"\\\0", 18));
}

TEST_CASE("unknown fields of a tensor are ignored if they are JSON") {
  const auto extra = [](std::string_view value) {
    return error_of_header(descent::detail::joined({R"({"x":{"dtype":"F32","shape":[],"more":)", value,
                                                    R"(,"data_offsets":[0,4]}})"}),
                           4);
  };
  for (const std::string good : {"0", "-0", "-1.5e+10", "1E5", "true", "false", "null", "\"a\"", "[]",
                                 "[1,[2],{}]", "{\"a\":{\"b\":[]}}", " 1 "})
    CHECK(extra(good).empty());
  for (const std::string bad :
       {"01", "+1", ".5", "1.", "1e", "-", "tru", "nul", "[1,]", "{\"a\"}", "[", "'a'", ""})
    CHECK(!extra(bad).empty());
  CHECK(extra(repeated("[", 31) + repeated("]", 31)).empty());
  CHECK_THAT(extra(repeated("[", 33) + repeated("]", 33)), ContainsSubstring("nested more than 32 deep"));
  CHECK_THAT(extra(repeated("[", 1'000'000)), ContainsSubstring("nested more than 32 deep"));
}

TEST_CASE("the fields of a tensor are checked") {
  CHECK_THAT(error_of_header(R"({"x":{"dtype":"F32","shape":[]}})"),
             ContainsSubstring("'x' must have dtype, shape and data_offsets"));
  CHECK_THAT(error_of_header(R"({"x":{"dtype":"F32","dtype":"F32"}})"),
             ContainsSubstring("'x' has a field twice"));
  CHECK_THAT(error_of_header(with(tensor("x", "[]", "[0,4]", "F31")), 4),
             ContainsSubstring("'x' has the unknown dtype 'F31'"));
  CHECK_THAT(error_of_header(with(tensor("x", "[]", "[0]")), 4),
             ContainsSubstring("must have two data_offsets"));
  CHECK_THAT(error_of_header(with(tensor("x", "[]", "[0,2,4]")), 4), ContainsSubstring("too many numbers"));
  CHECK_THAT(error_of_header(with(tensor("x", "[" + repeated("1,", 64) + "1]", "[0,4]")), 4),
             ContainsSubstring("too many numbers"));
  CHECK(error_of_header(with(tensor("x", "[" + repeated("1,", 63) + "1]", "[0,4]")), 4).empty());
  for (const std::string bad :
       {"[-1]", "[1.0]", "[1e0]", "[01]", "[null]", "[\"1\"]", "[1 1]", "1", "[18446744073709551616]"})
    CHECK_THAT(error_of_header(with(tensor("x", bad, "[0,4]")), 4),
               ContainsSubstring("has an invalid header"));
  CHECK_THAT(error_of_header(with(tensor("x", "[18446744073709551615]", "[0,4]")), 4),
             ContainsSubstring("which is not what the shape [18446744073709551615] of F32 needs"));
  CHECK_THAT(error_of_header(with(tensor("x", "[9223372036854775808, 2, 0]", "[0,0]"))),
             ContainsSubstring("'x' has 0 bytes"));
  CHECK(error_of_header(with(tensor("x", "[0, 18446744073709551615, 9]", "[0,0]"))).empty());
  CHECK_THAT(error_of_header(with(tensor(std::string(65537, 'n'), "[]", "[0,4]")), 4),
             ContainsSubstring("a name has more than 65536 bytes"));
}

TEST_CASE("the data must belong to one tensor each") {
  const std::string a = tensor("a", "[2]", "[0,8]") + ",";
  CHECK(error_of_header(with(a + tensor("b", "[1]", "[8,12]")), 12).empty());
  CHECK(error_of_header(with(tensor("b", "[1]", "[8,12]") + "," + tensor("a", "[2]", "[0,8]")), 12).empty());
  CHECK(error_of_header(with(a + tensor("b", "[1]", "[4,8]")), 8) ==
        "has an invalid header: the data of 'b' is at [4, 8), must begin where the tensor before it ends, at "
        "8");
  CHECK_THAT(error_of_header(with(a + tensor("b", "[1]", "[12,16]")), 16),
             ContainsSubstring("must begin where"));
  CHECK_THAT(error_of_header(with(a + tensor("b", "[1]", "[8,4]")), 12),
             ContainsSubstring("'b' is at [8, 4)"));
  CHECK_THAT(error_of_header(with(a + tensor("b", "[1]", "[8,16]")), 16),
             ContainsSubstring("'b' has 8 bytes"));
  CHECK(error_of_header(with(a + tensor("b", "[1]", "[8,12]")), 13) ==
        "is incomplete or too long: it has 13 bytes of data, its header describes 12");
  CHECK_THAT(error_of_header(with(a + tensor("a", "[1]", "[8,12]")), 12),
             ContainsSubstring("two tensors are named 'a'"));
  CHECK_THAT(error_of_header(with(a + tensor("\\u0061", "[1]", "[8,12]")), 12),
             ContainsSubstring("two tensors are named 'a'"));
  CHECK(error_of_header(with(tensor("x", "[4]", "[0,2]", "F4")), 2).empty());
  CHECK_THAT(error_of_header(with(tensor("x", "[3]", "[0,2]", "F4")), 2),
             ContainsSubstring("'x' has 2 bytes"));
}

TEST_CASE("the metadata must be texts with different names") {
  CHECK(error_of_header(R"({"__metadata__":{"a":"1","b":""}})").empty());
  CHECK_THAT(error_of_header(R"({"__metadata__":{"a":1}})"), ContainsSubstring("must be '\"'"));
  CHECK_THAT(error_of_header(R"({"__metadata__":{"a":"1","a":"2"}})"),
             ContainsSubstring("the metadata 'a' appears twice"));
  CHECK_THAT(error_of_header(R"({"__metadata__":{},"__metadata__":{}})"),
             ContainsSubstring("__metadata__ appears twice"));
  CHECK_THAT(error_of_header(R"({"__metadata__":{"descent.checksum":"0"}})"),
             ContainsSubstring("is not one text of 16 digits"));
  CHECK_THAT(error_of_header(R"({"__metadata__":{"descent.checksum":"\u00301234567890"}})"),
             ContainsSubstring("does not match its checksum"));
  CHECK_THAT(error_of_header(R"({"__metadata__":{"descent.checksum.tensors":""}})"),
             ContainsSubstring("does not match its checksum"));
  CHECK_THAT(error_of_header(R"({"__metadata__":{"descent.checksum":"0123456789abcdef"}})"),
             ContainsSubstring("does not match its checksum"));
}

TEST_CASE("types that descent has not are listed, but not copied") {
  const auto file = test::parsed(file_with_header(with(tensor("x", "[2,2,2]", "[0,8]", "F8_E4M3")), 8));
  REQUIRE(file.entries().size() == 1);
  CHECK(file.entries()[0].type->name == "F8_E4M3");
  CHECK(file.bytes_of(file.entries()[0]).size() == 8);
  float number = 0;
  descent::SavedTensor tensor;
  tensor.type = descent::NumberType::float32;
  tensor.data = &number;
  CHECK(test::error_of([&] { file.copy_to(file.entries()[0], tensor); }) ==
        "descent: a.safetensors: 'x' is F8_E4M3 [2, 2, 2], must be F32 []");
}

TEST_CASE("a large header is read in linear time") {
  std::string members;
  for (int k = 0; k < 50'000; ++k) members += tensor(std::to_string(k), "[0]", "[0,0]") + ",";
  members.pop_back();
  const auto start = std::chrono::steady_clock::now();
  CHECK(test::parsed(file_with_header(with(members))).entries().size() == 50'000);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}
