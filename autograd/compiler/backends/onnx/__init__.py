"""Array programs as graphs of ONNX."""
