// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/checkpoint/checkpoint_parts.hpp>
#include <descent/io/names.hpp>
#include <descent/io/safetensors.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace descent {

/// How to load a checkpoint that a different program saved.
struct CheckpointOptions {
  /// {"name in the file", "name in the model"}: a block, or a prefix of paths, as in LoadOptions. Applies to
  /// parameters and the state of optimizers; other added objects keep their names.
  std::vector<std::pair<std::string, std::string>> renamed{};
  /// Whether to use the options of the new run (a different learning rate, schedule or length of the rule, a different
  /// patience of an added object) if they differ from the saved ones; else refuses them. The kinds of rules and
  /// objects must always be the same.
  bool other_options = false;
};

namespace detail {

inline constexpr const char* checkpoint_format = "1";

inline std::string name_of(const CheckpointPart& part) {
  return part.prefix.substr(0, part.prefix.size() - 1);
}
inline std::string rule_key(const CheckpointPart& part) { return "descent.rule." + name_of(part); }
inline std::string options_key(const CheckpointPart& part) { return "descent.options." + name_of(part); }

/// A line for each rule: its name and its options, separated by tabs.
inline std::string lines_of(const std::vector<RuleText>& rules) {
  std::string lines;
  for (const RuleText& rule : rules) {
    lines += rule.name;
    for (const std::string& option : rule.options) lines.append("\t").append(option);
    lines += '\n';
  }
  return lines;
}
inline std::vector<RuleText> rules_of(std::string_view lines) {
  std::vector<RuleText> rules;
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    RuleText& rule = rules.emplace_back();
    rule.name = line.substr(0, line.find('\t'));
    for (line.remove_prefix(rule.name.size()); !line.empty();
         line.remove_prefix(rule.options.back().size())) {
      line.remove_prefix(1);
      rule.options.emplace_back(line.substr(0, line.find('\t')));
    }
  }
  return rules;
}

/// A checkpoint file, checked as far as possible without the objects to load.
class CheckpointReader {
 public:
  CheckpointReader(const std::string& path, const CheckpointOptions& options,
                   const std::vector<CheckpointPart>& parts)
      : file_(TensorFile::read(path, Checksums::required)), options_(options) {
    check_format();
    for (const CheckpointPart& part : parts) {
      if (part.rule) check_rule(part);
      if (part.options) check_options_of_object(part);
    }
    for (const TensorEntry& entry : file_.entries()) tensors_.push_back(tensor_of(entry, parts));
    refuse_idle_renaming();
  }

  TensorIndex index() const {
    return TensorIndex(tensors_, file_.path(), [](const std::string& path, const std::string& message) {
      const bool missing = message.find("' is missing") != std::string::npos;
      fail_file(path, {message, missing ? "; CheckpointOptions::renamed maps names" : ""});
    });
  }

 private:
  void check_format() const {
    const std::string* const format = file_.find_metadata("descent.format");
    if (format == nullptr)
      fail_file(file_.path(), {"is not a checkpoint; load_parameters or load_pytorch_state may load it"});
    if (*format != checkpoint_format)
      fail_file(file_.path(), {"has the format ", *format,
                               " of checkpoints; this version of descent reads format ", checkpoint_format});
  }

  void check_rule(const CheckpointPart& part) const {
    const std::string* const saved = file_.find_metadata(rule_key(part));
    const std::string name = name_of(part);
    if (saved == nullptr) fail_file(file_.path(), {"has no optimizer '", name, "'"});
    const std::vector<RuleText> before = rules_of(*saved), now = part.rule();
    const auto same_kind = [](const RuleText& a, const RuleText& b) { return a.name == b.name; };
    if (!std::equal(before.begin(), before.end(), now.begin(), now.end(), same_kind))
      fail_file(file_.path(),
                {"was saved with the rule ", chain_text(before), "; '", name, "' has ", chain_text(now),
                 grew(before, now) ? "; an optimizer that grew is made as RestAbsentBlocks{} | rule" : ""});
    if (options_.other_options) return;
    for (std::size_t k = 0; k < now.size(); ++k) compare_options(name, before[k], now[k]);
  }
  /// Files of descent before this was compared do not have them.
  void check_options_of_object(const CheckpointPart& part) const {
    const std::string* const saved = file_.find_metadata(options_key(part));
    if (saved == nullptr) return;
    const std::vector<RuleText> before = rules_of(*saved);
    const RuleText now = part.options();
    const std::string name = name_of(part);
    if (before.size() != 1 || before.front().name != now.name)
      fail_file(file_.path(),
                {"was saved with ", chain_text(before), " as '", name, "'; '", name, "' is ", now.name});
    if (!options_.other_options) compare_options(name, before.front(), now);
  }
  static bool grew(const std::vector<RuleText>& before, const std::vector<RuleText>& now) {
    return before.size() == now.size() + 1 && before.front().name == "RestAbsentBlocks";
  }
  void compare_options(const std::string& name, const RuleText& before, const RuleText& now) const {
    if (before.options.size() !=
        now.options.size())  // saved by a version of descent with other options of the rule
      fail_file(file_.path(), {"was saved with ", before.text(), ", which is now ", now.text(),
                               "; {.other_options = true} goes on with those of now"});
    for (std::size_t k = 0; k < now.options.size(); ++k)
      if (before.options[k] != now.options[k])
        fail_file(file_.path(), {"was saved with ", before.text(), " as '", name, "'; its option ",
                                 now.name_of_option(k), " was ", before.options[k], " and is ",
                                 now.options[k], "; {.other_options = true} goes on with those of now"});
  }
  static std::string chain_text(const std::vector<RuleText>& rules) {
    std::string text;
    for (const RuleText& rule : rules) text.append(text.empty() ? "" : " | ").append(rule.name);
    return text;
  }

  /// A view of a tensor in the file, under its name in the model.
  SavedTensor tensor_of(const TensorEntry& entry, const std::vector<CheckpointPart>& parts) {
    if (!entry.type->number_type || entry.shape.size() > 2)
      fail_file(file_.path(), {"has a tensor '", entry.name, "' of ", entry.type->name, " ",
                               text_of_shape(entry.shape), ", which no checkpoint has"});
    SavedTensor tensor{.name = name_in_model(entry.name, parts), .type = *entry.type->number_type};
    tensor.dimensions = static_cast<int>(entry.shape.size());
    if (tensor.dimensions > 0) tensor.rows = static_cast<std::ptrdiff_t>(entry.shape[0]);
    if (tensor.dimensions > 1) tensor.columns = static_cast<std::ptrdiff_t>(entry.shape[1]);
    tensor.row_stride = tensor.columns;
    tensor.data = const_cast<std::byte*>(file_.bytes_of(entry).data());  // only read
    if constexpr (std::endian::native != std::endian::little) tensor.data = copy_of(entry, tensor);
    return tensor;
  }
  void* copy_of(const TensorEntry& entry, const SavedTensor& tensor) {
    SavedTensor copy = tensor;
    copy.data = copies_.emplace_back(tensor.bytes()).data();
    file_.copy_to(entry, copy);
    return copy.data;
  }

  std::string name_in_model(const std::string& name, const std::vector<CheckpointPart>& parts) {
    const std::size_t begin = begin_of_path(name, parts);
    for (std::size_t k = 0; k < options_.renamed.size(); ++k) {
      const auto& [in_file, in_model] = options_.renamed[k];
      const std::size_t from =
          in_file.find('/') == std::string::npos ? begin : 0;  // the path, or the whole name
      if (!is_at_or_below(std::string_view(name).substr(from), in_file)) continue;
      used_.push_back(k);
      return joined({name.substr(0, from), in_model, std::string_view(name).substr(from + in_file.size())});
    }
    return name;
  }
  /// The start of a block's path in the name of a tensor; the end of the name if it contains none.
  static std::size_t begin_of_path(std::string_view name, const std::vector<CheckpointPart>& parts) {
    for (const CheckpointPart& part : parts) {
      if (part.prefix.empty() || !name.starts_with(part.prefix)) continue;
      for (const std::string_view list : {"state/", "block_memory/", "clock/"})
        if (part.rule && name.substr(part.prefix.size()).starts_with(list))
          return part.prefix.size() + list.size();
      return name.size();
    }
    return 0;
  }
  void refuse_idle_renaming() const {
    for (std::size_t k = 0; k < options_.renamed.size(); ++k)
      if (std::find(used_.begin(), used_.end(), k) == used_.end())
        fail_file(file_.path(),
                  {"has no block '", options_.renamed[k].first, "', which CheckpointOptions::renamed names"});
  }

  TensorFile file_;
  const CheckpointOptions& options_;
  std::vector<SavedTensor> tensors_;
  std::vector<std::size_t> used_;
  std::deque<std::vector<std::byte>> copies_;
};

}  // namespace detail
}  // namespace descent
