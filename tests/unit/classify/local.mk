# Unit tests of src/classify.
