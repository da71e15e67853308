// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/precompiled.hpp>
#include <descent/optimizers/adagrad.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lamb.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/optimizers/nadam.hpp>
#include <descent/optimizers/rmsprop.hpp>
#include <descent/optimizers/sgd.hpp>

// Common rules whose engines are precompiled for trees of float and of double: include this header instead of
// theirs, and link the CMake target descent::rules. Without the target, include their own headers.

DESCENT_EXTERN(descent::Adagrad, float)
DESCENT_EXTERN(descent::Adagrad, double)
DESCENT_EXTERN(descent::Adam, float)
DESCENT_EXTERN(descent::Adam, double)
DESCENT_EXTERN(descent::AdamW, float)
DESCENT_EXTERN(descent::AdamW, double)
DESCENT_EXTERN(descent::Lamb, float)
DESCENT_EXTERN(descent::Lamb, double)
DESCENT_EXTERN(descent::Lion, float)
DESCENT_EXTERN(descent::Lion, double)
DESCENT_EXTERN(descent::Muon, float)
DESCENT_EXTERN(descent::Muon, double)
DESCENT_EXTERN(descent::NAdam, float)
DESCENT_EXTERN(descent::NAdam, double)
DESCENT_EXTERN(descent::RmsProp, float)
DESCENT_EXTERN(descent::RmsProp, double)
DESCENT_EXTERN(descent::Sgd, float)
DESCENT_EXTERN(descent::Sgd, double)
