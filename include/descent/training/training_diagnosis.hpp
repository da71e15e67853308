// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/diagnose/training_diagnosis.hpp>
