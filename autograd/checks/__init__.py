"""What tests a gradient from outside: differences that know their own error; where a nan began."""
