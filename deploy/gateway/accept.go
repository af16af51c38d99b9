package main

import (
	"math"
	"net/http"
	"strconv"
	"strings"
)

// weightsOf are the weights (RFC 9110, 12.4.2) of what a header such as Accept-Encoding names, in lower case. It leaves
// out what has no proper weight.
func weightsOf(header http.Header, name string) map[string]float64 {
	weights := map[string]float64{}
	for element := range strings.SplitSeq(strings.Join(header.Values(name), ","), ",") {
		item, parameters, _ := strings.Cut(element, ";")
		if weight := weightIn(parameters); weight >= 0 {
			weights[strings.ToLower(strings.TrimSpace(item))] = weight
		}
	}
	return weights
}

// weightIn is the weight among the parameters, 1 if they have none, negative if it is broken.
func weightIn(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || math.IsNaN(weight) || weight > 1 {
			return -1
		}
		return weight
	}
	return 1
}

// acceptsGzip says whether the caller would rather have gzip than the plain answer (RFC 9110, 12.5.3).
func acceptsGzip(header http.Header) bool {
	weights := weightsOf(header, "Accept-Encoding")
	weight := func(codings ...string) float64 {
		for _, coding := range codings {
			if weight, given := weights[coding]; given {
				return weight
			}
		}
		return 0
	}
	gzip := weight("gzip", "x-gzip", "*")
	return gzip > 0 && gzip >= weight("identity")
}

// yamlTypes are the media types of YAML that a caller can ask for, the one that is answered first.
var yamlTypes = []string{"application/yaml", "text/yaml", "application/x-yaml"}

// acceptsYAML says whether the caller asks for YAML, and not rather for JSON.
func acceptsYAML(header http.Header) bool {
	weights := weightsOf(header, "Accept")
	yaml := 0.0
	for _, mediaType := range yamlTypes {
		yaml = max(yaml, weights[mediaType])
	}
	return yaml > 0 && yaml >= max(weights["application/json"], weights[marshaler{}.StreamContentType(nil)])
}
