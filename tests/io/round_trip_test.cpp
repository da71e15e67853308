// SPDX-License-Identifier: MIT
// What is saved comes back, bit for bit, from any layout into any other.
#include <descent/io/parameters.hpp>

#include "io/support.hpp"

#include <Eigen/Core>

#include <cstring>
#include <limits>
#include <utility>

using descent::SavedTensor;
using descent::detail::Metadata;
using descent::detail::tensor_of_block;
using descent::detail::tensor_of_number;
using descent::detail::TensorEntry;
using descent::detail::TensorFile;
using descent::detail::tensors_in_memory;

namespace {

TensorFile saved(const std::vector<SavedTensor>& tensors, const Metadata& metadata = {}) {
  return TensorFile::parse(tensors_in_memory(tensors, metadata), "saved", descent::Checksums::required);
}

/// Every element is different, and so is every byte of large types.
template <class Matrix>
void number(Matrix&& matrix) {
  using Scalar = typename std::remove_cvref_t<Matrix>::Scalar;
  for (Eigen::Index i = 0; i < matrix.rows(); ++i)
    for (Eigen::Index j = 0; j < matrix.cols(); ++j)
      if constexpr (std::is_same_v<Scalar, bool>) {
        matrix(i, j) = (i * 3 + j * 5) % 7 < 3;
      } else if constexpr (std::is_integral_v<Scalar>) {
        matrix(i, j) = static_cast<Scalar>(i * 1'000'003 + j * 17 - 5);
      } else {
        matrix(i, j) = static_cast<Scalar>(static_cast<float>(i) * 1.37F - static_cast<float>(j) * 0.11F);
      }
}

template <class From, class To>
void check_trip(From&& from, To&& to) {
  number(from);
  const TensorFile file = saved({tensor_of_block("x", from)});
  REQUIRE(file.find("x") != nullptr);
  file.copy_to(*file.find("x"), tensor_of_block("x", to));
  bool same = true;
  for (Eigen::Index i = 0; i < from.rows(); ++i)
    for (Eigen::Index j = 0; j < from.cols(); ++j) same = same && from(i, j) == to(i, j);
  CHECK(same);
}

template <class Scalar>
using Columns = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
template <class Scalar>
using Rows = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

TEMPLATE_TEST_CASE("numbers of every type come back in every layout", "", double, float, Eigen::half,
                   Eigen::bfloat16, std::int64_t, std::int32_t, std::uint64_t, bool) {
  using Scalar = TestType;
  using Strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
  for (const auto& [m, n] :
       {std::pair(1, 1), std::pair(3, 5), std::pair(8, 8), std::pair(17, 33), std::pair(64, 7),
        std::pair(1, 40), std::pair(40, 1), std::pair(0, 4), std::pair(4, 0)}) {
    CAPTURE(m, n);
    Columns<Scalar> a(m, n), b(m, n);
    Rows<Scalar> c(m, n), d(m, n);
    check_trip(a, b);
    check_trip(a, c);
    check_trip(c, b);
    check_trip(c, d);
    Columns<Scalar> large(2 * m + 3, 3 * n + 4);
    check_trip(large.block(1, 2, m, n), d);
    check_trip(d, large.block(1, 2, m, n));
    std::vector<char> memory(static_cast<std::size_t>(6 * (m + 2) * (n + 2)) * sizeof(Scalar));
    auto* const first = reinterpret_cast<Scalar*>(memory.data());
    Eigen::Map<Rows<Scalar>, 0, Strides> spread(first, m, n, Strides(3 * n + 2, 3));
    check_trip(spread, a);
    check_trip(c, spread);
  }
  Eigen::Matrix<Scalar, 3, 4> fixed, other;
  check_trip(fixed, other);
  Eigen::Array<Scalar, 7, 1> vector;
  Eigen::Matrix<Scalar, 1, Eigen::Dynamic> row(7);
  number(row);
  check_trip(vector, vector);
  check_trip(row, row);
  Rows<Scalar> matrix(5, 7);
  check_trip(matrix.col(2), matrix.col(4));
  check_trip(matrix.row(2), matrix.row(4));
}

TEST_CASE("matrices larger than the buffer come back") {
  Eigen::MatrixXf wide(9, 300'000), tall(300'000, 9);
  Rows<float> other(9, 300'000), another(300'000, 9);
  check_trip(wide, other);
  check_trip(tall, another);
  Eigen::Matrix<bool, Eigen::Dynamic, Eigen::Dynamic> huge_rows(2, (1 << 26) + 5);
  huge_rows.setConstant(true);
  huge_rows(1, 1 << 26) = false;
  const TensorFile file = saved({tensor_of_block("x", huge_rows)});
  const auto bytes = file.bytes_of(*file.find("x"));
  REQUIRE(bytes.size() == static_cast<std::size_t>(huge_rows.size()));
  CHECK(std::to_integer<int>(bytes[static_cast<std::size_t>(huge_rows.cols()) + (1U << 26)]) == 0);
  CHECK(std::count(bytes.begin(), bytes.end(), std::byte{1}) == huge_rows.size() - 1);
}

TEST_CASE("every bit pattern of numbers comes back") {
  const std::uint64_t patterns[] = {0x7ff0000000000000, 0xfff8000000000001, 0x7ff4000000000000, 1,
                                    0x8000000000000000};
  Eigen::VectorXd x(5), y(5);
  std::memcpy(x.data(), patterns, sizeof patterns);
  const TensorFile file = saved({tensor_of_block("x", x)});
  file.copy_to(*file.find("x"), tensor_of_block("x", y));
  CHECK(std::memcmp(x.data(), y.data(), sizeof patterns) == 0);
}

TEST_CASE("a file lists its tensors, shapes and metadata") {
  double number = 2.5;
  const Eigen::VectorXf vector = Eigen::VectorXf::Ones(3);
  Eigen::Matrix<bool, 1, 3> flags{true, false, true};
  const Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(2, 4);
  const Metadata metadata{{"step", "17"}, {"quote\"\\\n\x01", "\xe2\x82\xac"}};
  const TensorFile file = saved({tensor_of_block("flags", flags), tensor_of_block("vector", vector),
                                 tensor_of_number("number", number), tensor_of_block("matrix", matrix)},
                                metadata);
  CHECK(file.metadata() == metadata);
  CHECK(*file.find_metadata("step") == "17");
  CHECK(file.find_metadata("steps") == nullptr);
  CHECK(file.has_checksums());
  REQUIRE(file.entries().size() == 4);
  CHECK(file.entries()[0].name == "number");  // large elements first, so that all are aligned
  CHECK(file.entries()[3].name == "flags");
  CHECK(file.find("number")->shape.empty());
  CHECK(file.find("vector")->shape == std::vector<std::uint64_t>{3});
  CHECK(file.find("matrix")->shape == std::vector<std::uint64_t>{2, 4});
  CHECK(file.find("flags")->type->name == "BOOL");
  CHECK(file.find("other") == nullptr);
  number = 0;
  file.copy_to(*file.find("number"), tensor_of_number("number", number));
  CHECK(number == 2.5);
  flags.setZero();
  CHECK(test::error_of([&] { file.copy_to(*file.find("vector"), tensor_of_block("v", flags)); }) ==
        "descent: saved: 'vector' is F32 [3], must be BOOL [3]");
  CHECK(test::error_of([&] { file.copy_to(*file.find("number"), tensor_of_block("v", flags)); }) ==
        "descent: saved: 'number' is F64 [], must be BOOL [3]");
  CHECK(test::as_text(tensors_in_memory({})).substr(8, 1) == "{");
  CHECK(saved({}).entries().empty());
}

TEST_CASE("names of all characters come back; others are refused") {
  Eigen::VectorXd x = Eigen::VectorXd::Ones(2);
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  all += "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
  const TensorFile file = saved({tensor_of_block(all, x), tensor_of_block("", x)});
  CHECK(file.find(all) != nullptr);
  CHECK(file.find("") != nullptr);
  const auto refusal = [&](const std::string& name) {
    return test::error_of<std::invalid_argument>([&] { saved({tensor_of_block(name, x)}); });
  };
  using Catch::Matchers::ContainsSubstring;
  CHECK_THAT(refusal("w\xff"), ContainsSubstring("is not UTF-8"));
  CHECK_THAT(refusal("\xed\xa0\x80"), ContainsSubstring("is not UTF-8"));
  CHECK(refusal("__metadata__") == "descent: memory: the name '__metadata__' is reserved");
  CHECK_THAT(refusal(std::string(65537, 'x')), ContainsSubstring("has more than 65536 bytes"));
  CHECK(test::error_of<std::invalid_argument>([&] {
          saved({tensor_of_block("x", x), tensor_of_block("x", x)});
        }) == "descent: memory: the name 'x' of a tensor appears twice, must be unique");
  CHECK_THAT(test::error_of<std::invalid_argument>([&] {
               saved({}, {{"descent.checksum", ""}});
             }),
             ContainsSubstring("is reserved"));
  // What is reserved among metadata is not among tensors, and the other way round: files of others may use it.
  CHECK(saved({tensor_of_block("descent.checksum", x)}).find("descent.checksum") != nullptr);
  CHECK(saved({}, {{"__metadata__", "x"}}).metadata().front().first == "__metadata__");
  CHECK_THAT(test::error_of<std::invalid_argument>([&] {
               saved({}, {{"a", "\x80"}});
             }),
             ContainsSubstring("the metadata 'a' is not UTF-8"));
}
