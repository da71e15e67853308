// SPDX-License-Identifier: MIT
#include <descent/io/parameters.hpp>

#include "io/support.hpp"

#include <Eigen/Core>

#include <cmath>
#include <limits>
#include <tuple>

using Catch::Matchers::ContainsSubstring;
using descent::load_parameters;
using descent::save_parameters;
using test::error_of;

namespace {
template <class Scalar>
struct LayerOf {
  Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic> weights;
  Eigen::Matrix<Scalar, Eigen::Dynamic, 1> bias;
  DESCENT_PARAMETERS(weights, bias)
};
template <class Scalar>
struct NetworkOf {
  LayerOf<Scalar> layer1, layer2;
  std::vector<Eigen::Array<Scalar, 3, 1>> scales;
  DESCENT_PARAMETERS(layer1, layer2, scales)
};
using Layer = LayerOf<double>;
using Network = NetworkOf<double>;

Layer layer(Eigen::Index m, Eigen::Index n) {
  return {Eigen::MatrixXd::Random(m, n), Eigen::VectorXd::Random(m)};
}
Network network() { return {layer(4, 3), layer(2, 4), {Eigen::Array3d::Random(), Eigen::Array3d::Random()}}; }

template <class A, class B>
bool equal(const A& a, const B& b) {
  return descent::detail::tensors_in_memory(descent::detail::tensors_of_tree(a)) ==
         descent::detail::tensors_in_memory(descent::detail::tensors_of_tree(b));
}

/// What is said when a file is loaded into a model, which must stay as it was.
template <class Tree>
std::string refusal(const std::string& path, Tree model, const descent::LoadOptions& options = {}) {
  const Tree before = model;
  const std::string message = error_of([&] { load_parameters(path, model, options); });
  CHECK(equal(model, before));
  CHECK(message.starts_with("descent: " + path + ": "));
  return message.substr(std::min(message.size(), path.size() + 11));
}
}  // namespace

TEST_CASE("a model comes back, with every block under its path") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "model.safetensors";
  const Network saved = network();
  Network loaded = network();
  save_parameters(path, saved);
  load_parameters(path, loaded, {.checksums = descent::Checksums::required});
  CHECK(equal(saved, loaded));
  CHECK(folder.file_count() == 1);
  const auto file = descent::detail::TensorFile::read(path);
  CHECK(file.entries().size() == 6);
  for (const char* name : {"layer1.weights", "layer1.bias", "layer2.weights", "scales[0]", "scales[1]"})
    CHECK(file.find(name) != nullptr);
}

TEST_CASE("tuples of references and views can be loaded") {
  const test::TemporaryFolder folder;
  Eigen::MatrixXd whole = Eigen::MatrixXd::Random(6, 6);
  Eigen::VectorXd v = Eigen::VectorXd::Random(4);
  const Eigen::MatrixXd before = whole;
  auto part = whole.block(1, 2, 3, 2);
  save_parameters(folder / "a", std::tie(part, v));
  whole.setZero();
  v.setZero();
  load_parameters(folder / "a", std::tie(part, v));
  CHECK(whole.block(1, 2, 3, 2) == before.block(1, 2, 3, 2));
  CHECK(whole.row(0).isZero());
  save_parameters(folder / "b", before);
  load_parameters(folder / "b", whole);
  CHECK(whole == before);
}

TEST_CASE("a file of another model is refused before anything changes") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "model.safetensors";
  const Network model = network();
  save_parameters(path, model);
  Network other = model;
  other.layer2.weights = Eigen::MatrixXd::Random(4, 2);
  CHECK(refusal(path, other) ==
        "block 'layer2.weights' is [2, 4] in the file, [4, 2] in the model (transposed?)");
  other = model;
  other.layer2.bias.resize(5);
  CHECK(refusal(path, other) == "block 'layer2.bias' is [2] in the file, [5] in the model");
  other = model;
  other.scales.push_back(Eigen::Array3d::Zero());
  CHECK(refusal(path, other) ==
        "has no tensor for the model's block 'scales[2]' (float64 [3]); the nearest is 'scales[0]'; "
        "LoadOptions::renamed maps names");
  CHECK(refusal(path, NetworkOf<float>{}) ==
        "block 'layer1.weights' is [4, 3] in the file, [0, 0] in the model");
  Eigen::MatrixXd weights(4, 3);
  CHECK(refusal(path, weights) ==
        "has no tensor for the model's block 'parameters' (float64 [4, 3]); the nearest is 'scales[0]'; "
        "LoadOptions::renamed maps names");
  other = model;
  other.scales.clear();
  CHECK(refusal(path, other) ==
        "has tensors for which the model has no block: 'scales[0]', 'scales[1]'; LoadOptions{.allow_unused = "
        "true} ignores them");
  load_parameters(path, other, {.allow_unused = true});
  CHECK(equal(other.layer1, model.layer1));
  CHECK(refusal(folder / "none", model) == "cannot be opened: No such file or directory");
  CHECK(error_of<std::invalid_argument>([&] {
          Eigen::VectorXd a(3), b(3);
          save_parameters(folder / "twice", std::make_tuple(descent::named("w", a), descent::named("w", b)));
        }) == "descent: " + (folder / "twice") + ": the name 'w' of a tensor appears twice, must be unique");
  save_parameters(folder / "empty", std::vector<Eigen::VectorXd>());
  CHECK_THAT(refusal(folder / "empty", model), ContainsSubstring("it has no tensors"));
}

TEST_CASE("two blocks with the same name are not loaded from one tensor") {
  const test::TemporaryFolder folder;
  Eigen::VectorXd a(3), b(3);
  save_parameters(folder / "a", std::make_tuple(descent::named("w", a)));
  CHECK(error_of<std::invalid_argument>([&] {
          load_parameters(folder / "a", std::make_tuple(descent::named("w", a), descent::named("w", b)));
        }) == "descent: load_parameters: two blocks are named 'w', their names must be unique");
}

TEST_CASE("names can be mapped") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "model.safetensors";
  const Layer saved = layer(4, 3);
  save_parameters(path, saved);
  struct Renamed {
    Eigen::MatrixXd kernel;
    Eigen::VectorXd bias;
    DESCENT_PARAMETERS(kernel, bias)
  } renamed{Eigen::MatrixXd(4, 3), Eigen::VectorXd(4)};
  load_parameters(path, renamed, {.renamed = {{"weights", "kernel"}}});
  CHECK(renamed.kernel == saved.weights);
  CHECK(refusal(path, saved, {.renamed = {{"weight", "kernel"}}}) ==
        "has no tensor 'weight' or 'weight.*', which LoadOptions::renamed names; the nearest is 'weights'");
  CHECK(refusal(path, saved, {.renamed = {{"weights", "bias"}}}) ==
        "'weights' and 'bias' would both be 'bias' with these LoadOptions::renamed");
  auto swapped = std::make_tuple(descent::named("bias", Eigen::MatrixXd(4, 3)),
                                 descent::named("weights", Eigen::VectorXd(4)));
  load_parameters(path, swapped, {.renamed = {{"weights", "bias"}, {"bias", "weights"}}});
  CHECK(std::get<0>(swapped).tree == saved.weights);

  const Network network_saved = network();
  save_parameters(path, network_saved);
  Network loaded = network();
  std::swap(loaded.layer1, loaded.layer2);
  load_parameters(path, loaded, {.renamed = {{"layer1", "layer2"}, {"layer2", "layer1"}}});
  CHECK(equal(loaded.layer1, network_saved.layer2));
  CHECK(equal(loaded.scales, network_saved.scales));
}

TEST_CASE("another floating-point type is converted on demand") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "model.safetensors";
  LayerOf<double> model = layer(4, 3);
  model.bias << 1e-50, -0.1, 3e38, std::numeric_limits<double>::infinity();
  save_parameters(path, model);
  LayerOf<float> narrow{Eigen::MatrixXf(4, 3), Eigen::VectorXf(4)};
  narrow.weights.setZero();
  narrow.bias.setZero();
  CHECK(refusal(path, narrow) ==
        "block 'weights' is float64 in the file, float32 in the model; LoadOptions{.convert = true} converts "
        "it");
  load_parameters(path, narrow, {.convert = true});
  CHECK(narrow.weights == model.weights.cast<float>());
  CHECK(narrow.bias == model.bias.cast<float>());
  LayerOf<Eigen::half> half{model.weights.cast<Eigen::half>(), model.bias.cast<Eigen::half>()};
  CHECK(refusal(path, half, {.convert = true}) ==
        "block 'bias' has the number 3e+38 in the file, which is too large for float16 in the model");
  LayerOf<Eigen::bfloat16> brain{model.weights.cast<Eigen::bfloat16>(), model.bias.cast<Eigen::bfloat16>()};
  load_parameters(path, brain, {.convert = true});
  save_parameters(path, brain);
  load_parameters(path, model, {.convert = true});
  CHECK(model.weights == brain.weights.cast<float>().cast<double>());
  CHECK(model.bias == brain.bias.cast<float>().cast<double>());
  Eigen::Matrix<std::int64_t, 4, 1> whole;
  whole.setZero();
  load_parameters(path, model, {.convert = true});
  save_parameters(path, whole);
  Eigen::Vector4d real = Eigen::Vector4d::Zero();
  CHECK(refusal(path, real, {.convert = true}) ==
        "block 'parameters' is int64 in the file, float64 in the model");
}

TEST_CASE("a double is rounded once, to the nearest number of half precision") {
  using descent::detail::converted;
  const double tie = 1 + std::ldexp(1, -11), above = tie + std::ldexp(1, -40),
               below = tie - std::ldexp(1, -40);
  CHECK(static_cast<double>(converted<Eigen::half>(tie)) == 1);
  CHECK(static_cast<double>(converted<Eigen::half>(above)) == 1 + std::ldexp(1, -10));
  CHECK(static_cast<double>(converted<Eigen::half>(below)) == 1);
  CHECK(static_cast<double>(converted<Eigen::half>(-above)) == -1 - std::ldexp(1, -10));
  const double tie8 = 1 + std::ldexp(1, -8);
  CHECK(static_cast<double>(converted<Eigen::bfloat16>(tie8 + std::ldexp(1, -50))) == 1 + std::ldexp(1, -7));
  CHECK(static_cast<double>(converted<Eigen::bfloat16>(tie8)) == 1);
  for (const double exact : {0.0, -0.0, 65504.0, std::ldexp(1, -24), -1.5})
    CHECK(static_cast<double>(converted<Eigen::half>(exact)) == exact);
  CHECK(std::isinf(static_cast<double>(converted<Eigen::half>(65520))));
  CHECK(static_cast<double>(converted<Eigen::half>(65519.999)) == 65504);
  CHECK(std::isnan(static_cast<double>(converted<Eigen::half>(std::nan("")))));
}

TEST_CASE("of many tensors without a block, 20 are named") {
  const test::TemporaryFolder folder;
  const auto message = [&](std::size_t count) {
    std::vector<Eigen::VectorXd> saved(count, Eigen::VectorXd::Ones(1)), model;
    const std::string path = folder / "a";
    save_parameters(path, saved);
    return error_of([&] { load_parameters(path, model); });
  };
  CHECK_THAT(message(2), ContainsSubstring("has no block: '[0]', '[1]'; LoadOptions"));
  CHECK_THAT(message(20), ContainsSubstring("'; LoadOptions"));
  CHECK_THAT(message(21), ContainsSubstring("' and 1 more; LoadOptions"));
}
