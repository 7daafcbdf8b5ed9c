# Unit tests of src/record.
