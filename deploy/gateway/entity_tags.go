package main

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"google.golang.org/protobuf/proto"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

// matchesTag says whether a condition If-None-Match names the entity tag, by the weak comparison (RFC 9110, 13.1.2). A
// condition that is no list of tags matches nothing, so that the caller gets the whole answer.
func matchesTag(condition, tag string) bool {
	if strings.TrimSpace(condition) == "*" {
		return true
	}
	tags, ok := parseTags(condition)
	if !ok {
		return false
	}
	for _, candidate := range tags {
		if strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// parseTags splits a list of entity tags (RFC 9110, 8.8.3). A tag may have commas in it, and the list empty elements.
func parseTags(list string) (tags []string, ok bool) {
	for rest := list; ; {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			return tags, true
		}
		weak := ""
		if strings.HasPrefix(rest, "W/") {
			weak, rest = rest[:2], rest[2:]
		}
		if !strings.HasPrefix(rest, `"`) {
			return nil, false
		}
		end := strings.IndexByte(rest[1:], '"')
		if end < 0 || strings.ContainsFunc(rest[1:1+end], func(c rune) bool { return c <= ' ' || c == 0x7f }) {
			return nil, false
		}
		tags = append(tags, weak+rest[:end+2])
		rest = strings.TrimLeft(rest[end+2:], " \t")
		if rest != "" && rest[0] != ',' {
			return nil, false
		}
	}
}

// tagOf is a weak entity tag of an answer: it changes when the answer does. It is no condition of a change.
func tagOf(text []byte) string {
	sum := sha256.Sum256(text)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
}

// profilesOf are the profiles that an answer has.
func profilesOf(message proto.Message) []*pb.Profile {
	switch answer := message.(type) {
	case *pb.Profile:
		return []*pb.Profile{answer}
	case *pb.ListProfilesResponse:
		return answer.Profiles
	}
	return nil
}

// tagOfProfiles is the tag of an answer with profiles, or "". Their ages differ in each answer and do not count: who has
// the answer with this tag has the same profiles, in the same state.
func tagOfProfiles(message proto.Message) (string, error) {
	profiles := profilesOf(message)
	if len(profiles) == 0 {
		return "", nil
	}
	ages := make([]float64, len(profiles))
	for i, profile := range profiles {
		ages[i], profile.AgeMs = profile.AgeMs, 0
	}
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	for i, profile := range profiles {
		profile.AgeMs = ages[i]
	}
	return tagOf(text), err
}
