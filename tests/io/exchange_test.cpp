// SPDX-License-Identifier: MIT
// Files of other programs can be read, and other programs can read ours.
#include <descent/io/parameters.hpp>

#include "io/support.hpp"

#include <Eigen/Core>

#include <cstdint>
#include <cstdlib>

namespace {
const std::filesystem::path folder_of_scripts = std::filesystem::path(__FILE__).parent_path() / "exchange";

struct Layer {
  Eigen::MatrixXf weights = Eigen::MatrixXf::Zero(2, 3);
  Eigen::Vector2d bias = Eigen::Vector2d::Zero();
  DESCENT_PARAMETERS(weights, bias)
};
struct Model {
  Layer layer;
  DESCENT_PARAMETERS(layer)
};
}  // namespace

// exchange/write.py has written it.
TEST_CASE("a file that Python has written is loaded") {
  const std::string path = (folder_of_scripts / "python.safetensors").string();
  Model model;
  descent::load_parameters(path, model, {.allow_unused = true});
  CHECK(model.layer.weights == (Eigen::MatrixXf(2, 3) << 1, 2, 3, 4, 5, 6.5F).finished());
  CHECK(model.layer.bias == Eigen::Vector2d(-0.25, 1e300));
  const auto file = descent::detail::TensorFile::read(path);
  CHECK(*file.find_metadata("format") == "pt");
  std::int64_t steps = 0;
  file.copy_to(*file.find("steps"), descent::detail::tensor_of_number("steps", steps));
  CHECK(steps == -(std::int64_t{1} << 62));
  Eigen::Matrix<bool, 3, 1> mask;
  file.copy_to(*file.find("mask"), descent::detail::tensor_of_block("mask", mask));
  CHECK(mask == Eigen::Matrix<bool, 3, 1>(true, false, true));
  CHECK(file.find("names \xc3\xa9\n")->shape == std::vector<std::uint64_t>{2, 1, 2});
  CHECK(test::error_of([&] { descent::load_parameters(path, model); }) ==
        "descent: " + path +
            ": has tensors for which the model has no block: 'mask', 'names \xc3\xa9\n', 'steps'; "
            "LoadOptions{.allow_unused = true} ignores them");
}

TEST_CASE("Python reads what descent has saved") {
  if (std::system("python3 -c '' 2>/dev/null") != 0) return;
  const test::TemporaryFolder folder;
  const std::string path = folder / "descent.safetensors", output = folder / "output";
  const Eigen::MatrixXd matrix{{1, 2.5, 3}, {4, 5, -6}};
  const Eigen::Matrix<float, 2, 2, Eigen::RowMajor> rows{{0.5F, 1}, {2, 3}};
  const Eigen::Matrix<Eigen::half, 2, 1> half(Eigen::half(1.5F), Eigen::half(-2.F));
  const Eigen::Matrix<bool, 1, 3> flags{true, false, true};
  const std::uint64_t large = 18446744073709551615U;
  using descent::detail::tensor_of_block;
  descent::detail::write_tensors(
      path,
      std::vector{tensor_of_block("matrix", matrix), tensor_of_block("rows", rows),
                  tensor_of_block("h\xc3\xa9\"\n", half), tensor_of_block("flags", flags),
                  descent::detail::tensor_of_number("large", large)},
      {{"step", "7"}});
  const std::string command =
      "python3 '" + (folder_of_scripts / "read.py").string() + "' '" + path + "' > '" + output + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(test::bytes_in(output) ==
        "'flags' BOOL [3] [True, False, True]\n"
        "'h\\xe9\"\\n' F16 [2] [1.5, -2.0]\n"
        "'large' U64 [] [18446744073709551615]\n"
        "'matrix' F64 [2, 3] [1.0, 2.5, 3.0, 4.0, 5.0, -6.0]\n"
        "'rows' F32 [2, 2] [0.5, 1.0, 2.0, 3.0]\n");
}
