// SPDX-License-Identifier: MIT
#pragma once

// Files in the format safetensors: TensorFile reads them, write_tensors writes them.
#include <descent/io/safetensors/tensor_file.hpp>
#include <descent/io/safetensors/write_tensors.hpp>
