# Reads a file that descent has saved, and prints all of it: python3 read.py descent.safetensors
import json, struct, sys

with open(sys.argv[1], "rb") as file:
    header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]).decode("utf-8"))
    data = file.read()
header.pop("__metadata__")
for name, tensor in sorted(header.items()):
    begin, end = tensor["data_offsets"]
    kind = {"F64": "d", "F32": "f", "F16": "e", "I64": "q", "I32": "i", "U64": "Q", "BOOL": "?"}[tensor["dtype"]]
    numbers = [number for (number,) in struct.iter_unpack("<" + kind, data[begin:end])]
    print(ascii(name), tensor["dtype"], tensor["shape"], numbers)
