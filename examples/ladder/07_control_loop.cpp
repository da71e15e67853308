// SPDX-License-Identifier: MIT
// 7. A controller that learns while it works. A machine shakes in an unknown rhythm; 16 numbers predict the next push
// from the last 16, and push back. The optimizer is a member of the class; as its size is fixed, it needs no heap.
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

#include <Eigen/Core>

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>

int allocations = 0;  // counts every request for memory
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

class Canceller {
 public:
  /// What to push back with at this moment.
  double predict() const { return weights_.dot(recent_); }
  /// Takes the push that came: learns from the error, and remembers the push.
  void observe(double push) {
    const double error = predict() - push;
    optimizer_.step(weights_, error * recent_);  // the gradient of error^2 / 2; an expression, never stored
    for (int k = 15; k > 0; --k) recent_[k] = recent_[k - 1];
    recent_[0] = push;
  }

 private:
  using Numbers = Eigen::Matrix<double, 16, 1>;
  Numbers weights_ = Numbers::Zero(), recent_ = Numbers::Zero();
  descent::Optimizer<Numbers, descent::Sgd> optimizer_{weights_, descent::Sgd{.learning_rate = 0.05}};
};

int main() {
  Canceller canceller;
  const int before = allocations;
  double shaking = 0, remaining = 0;
  std::printf("moment   shaking   what remains of it\n");
  for (int moment = 1; moment <= 4000; ++moment) {
    const double push = std::sin(0.31 * moment) + 0.5 * std::sin(0.83 * moment + 1);
    if (moment % 500 == 1) shaking = remaining = 0;
    shaking += std::abs(push) / 500;
    remaining += std::abs(push - canceller.predict()) / 500;
    canceller.observe(push);
    if (moment % 500 == 0)
      std::printf("%6d   %7.2f   %16.2f %%\n", moment, shaking, 100 * remaining / shaking);
  }
  const int during = allocations - before;
  std::printf("\nrequests for memory in 4000 steps: %d\n", during);
  return during == 0 && remaining < 0.001 * shaking ? 0 : 1;
}
