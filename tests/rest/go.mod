module toolcatalog/tests/rest

go 1.26.0
