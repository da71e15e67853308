# Writes python.safetensors with nothing of descent: python3 write.py python.safetensors
import array, json, struct, sys

tensors = {
    "layer.weights": ("F32", [2, 3], array.array("f", [1, 2, 3, 4, 5, 6.5])),
    "layer.bias": ("F64", [2], array.array("d", [-0.25, 1e300])),
    "steps": ("I64", [], array.array("q", [-(2**62)])),
    "mask": ("BOOL", [3], array.array("b", [1, 0, 1])),
    "names \u00e9\n": ("U8", [2, 1, 2], array.array("B", [1, 2, 3, 4])),
}
header, data = {"__metadata__": {"format": "pt"}}, b""
for name, (dtype, shape, numbers) in tensors.items():
    header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), None]}
    data += numbers.tobytes()
    header[name]["data_offsets"][1] = len(data)
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
open(sys.argv[1], "wb").write(struct.pack("<Q", len(text)) + text + data)
