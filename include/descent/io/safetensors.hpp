// SPDX-License-Identifier: MIT
#pragma once

// The file format safetensors: TensorFile reads it, write_tensors writes it.
#include <descent/io/safetensors/tensor_file.hpp>
#include <descent/io/safetensors/write_tensors.hpp>
