// SPDX-License-Identifier: MIT
#pragma once

#include <descent/transforms/clip/clip_by_global_norm.hpp>
