# Unit tests of src/peek.
