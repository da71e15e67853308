# Writes every ```cpp block of a Markdown file to FOLDER/{program,snippet}_LINE.cpp.
# A block with a main is a program. Of any other, includes come first, types, templates and functions go to a
# namespace, and the statements into a function there; before them stands prelude.hpp.
# A ```text block after a program is its output: program_LINE.txt.
function begin() { start = NR + 1; n = 0; inside = 1 }

function is_declaration(line) {
  return line ~ /^(struct|class|enum|template|namespace|concept|inline|constexpr) ?/ ||
         (line ~ /^[A-Za-z_][A-Za-z0-9_:<>,&* ]* [a-z_0-9]+\(.*\)[a-z ]*\{/ && line !~ /^(else|return) /)
}

function braces(line,   opened, closed) {
  opened = gsub(/\{/, "{", line); closed = gsub(/\}/, "}", line)
  return opened - closed
}

function finish(   i, k, file, program, declaring, depth, part) {
  inside = 0
  for (i = 1; i <= n; ++i) if (block[i] ~ /^int main\(/) program = 1
  file = folder "/" (program ? "program_" : "snippet_") sprintf("%04d", start) ".cpp"
  if (program) {
    print "#line " start " \"README.md\"" > file
    for (i = 1; i <= n; ++i) print block[i] > file
    close(file)
    output = substr(file, 1, length(file) - 3) "txt"
    return
  }
  for (i = 1; i <= n; ++i) {
    if (block[i] ~ /^#include/) { part[i] = "include"; continue }
    if (!declaring && is_declaration(block[i])) { declaring = 1; depth = 0 }
    part[i] = declaring ? "declaration" : "statement"
    depth += braces(block[i])
    if (declaring && depth == 0 && block[i] ~ /[};] *(\/\/.*)?$/) declaring = 0
  }
  print "#include \"prelude.hpp\"" > file
  emit(file, "include", part)
  print "namespace snippet_" start " {" > file
  emit(file, "declaration", part)
  print "[[maybe_unused]] static void statements() {" > file
  emit(file, "statement", part)
  print "}\n}" > file
  close(file)
}

function emit(file, kind, part,   i) {
  for (i = 1; i <= n; ++i) if (part[i] == kind) print "#line " (start + i - 1) " \"README.md\"\n" block[i] > file
}

/^```text *$/ && output != "" { printing = 1; next }
/^``` *$/ && printing { close(output); output = ""; printing = 0; next }
printing { print > output; next }
/^```cpp *$/ && !inside { begin(); next }
/^``` *$/ && inside { finish(); next }
inside { block[++n] = $0 }
