// SPDX-License-Identifier: MIT
// A damaged file is refused: no byte can be missing and no bit can change unnoticed.
#include "io/support.hpp"

#include <descent/core/saved/tensor_of.hpp>

using descent::Checksums;
using descent::detail::tensor_of_block;
using descent::detail::tensors_in_memory;

namespace {
std::string small_file() {
  const Eigen::MatrixXd weights = Eigen::MatrixXd::Random(11, 13);
  const Eigen::VectorXf bias = Eigen::VectorXf::Random(90);
  const Eigen::Matrix<bool, 3, 1> flags(true, false, true);
  return test::as_text(
      tensors_in_memory(std::vector{tensor_of_block("layer.weights", weights),
                                    tensor_of_block("layer.bias", bias), tensor_of_block("flags", flags)},
                        {{"step", "12"}}));
}
}  // namespace

TEST_CASE("a file that is cut anywhere is refused") {
  const std::string file = small_file();
  REQUIRE(file.size() > 1800);
  REQUIRE(test::error_in(file).empty());
  std::size_t accepted = 0;
  for (std::size_t size = 0; size < file.size(); ++size)
    if (test::error_in(file.substr(0, size)).empty()) ++accepted;
  CHECK(accepted == 0);
  CHECK(test::error_in(file + " ") != "");
}

TEST_CASE("a file with any one bit changed is refused") {
  std::string file = small_file();
  std::size_t accepted = 0;
  for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
    const auto flip = [&] { file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8)); };
    flip();
    if (test::error_in(file).empty()) ++accepted;
    flip();
  }
  CHECK(accepted == 0);
}

TEST_CASE("damage is reported with the tensor's name") {
  std::string file = small_file();
  file[file.size() - 2] ^= 1;
  CHECK(test::error_in(file) ==
        "descent: a.safetensors: the data of 'flags' was damaged or changed: it does not match its checksum");
  const auto ignoring = [&] {
    return descent::detail::TensorFile::parse(test::as_bytes(file), "a", Checksums::ignored);
  };
  CHECK(ignoring().find("flags") != nullptr);
  file[file.find("\"step\"") + 1] = 'S';
  CHECK(test::error_in(file) ==
        "descent: a.safetensors: its header was damaged or changed: it does not match its checksum");
}

TEST_CASE("a file without checksums is accepted unless they are required") {
  const std::string file =
      test::file_with_header(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4);
  CHECK(!test::parsed(file).has_checksums());
  CHECK(test::error_of([&] {
          descent::detail::TensorFile::parse(test::as_bytes(file), "a.safetensors", Checksums::required);
        }) == "descent: a.safetensors: has no checksums of descent, which are required here");
}
