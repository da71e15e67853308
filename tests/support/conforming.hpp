// SPDX-License-Identifier: MIT
#pragma once

#include "support/rule_under_test.hpp"

#include <descent/testing/conformance_subject.hpp>

#include <memory>
#include <span>
#include <utility>
#include <vector>

// The rules of the property tests for the conformance kit: reuses optimizers that are instantiated anyway.

namespace test {

namespace kit = descent::testing::conformance;

template <class S>
class KitOptimizer final : public kit::ErasedOptimizer<S> {
 public:
  explicit KitOptimizer(std::unique_ptr<BlocksOptimizer<S>> optimizer) : optimizer_(std::move(optimizer)) {}

  void step(Blocks<S>& parameters, const Gradients<S>& gradient, double) override {
    optimizer_->step(parameters, gradient);
  }
  std::int64_t steps() const override { return optimizer_->steps(); }
  void reset() override { optimizer_->reset(); }
  std::vector<Slot<S>> state() override { return optimizer_->state(); }
  std::vector<descent::SavedTensor> tensors() override { return optimizer_->tensors(); }
  void set_tensors(std::span<const descent::SavedTensor> tensors) override {
    optimizer_->set_tensors(tensors);
  }
  std::unique_ptr<kit::ErasedOptimizer<S>> copy() const override {
    return std::make_unique<KitOptimizer>(optimizer_->copy());
  }
  std::vector<double> options(std::int64_t) const override { return {}; }

 private:
  std::unique_ptr<BlocksOptimizer<S>> optimizer_;
};

template <class S>
kit::Makers<S> kit_makers(const Makers<S>& makers) {
  kit::Makers<S> result;
  result.blocks = [make = makers.blocks](const Blocks<S>& blocks) {
    return std::make_unique<KitOptimizer<S>>(make(blocks));
  };
  if (makers.broken)
    result.broken = [make = makers.broken](const Blocks<S>& blocks, std::size_t option, std::int64_t from,
                                           double value) {
      return std::make_unique<KitOptimizer<S>>(make(blocks, option, from, value));
    };
  return result;
}

inline kit::Subject subject_of(const RuleUnderTest& rule) {
  kit::Subject subject = rule.description;
  subject.name = rule.name;
  subject.of_float = kit_makers(rule.of_float);
  subject.of_double = kit_makers(rule.of_double);
  return subject;
}

}  // namespace test
