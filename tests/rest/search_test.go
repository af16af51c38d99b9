package rest

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

const searching = tools + "/search"

// search is the answer to a search, of which the shape is checked.
func search(t *testing.T, q, more string) object {
	t.Helper()
	body := get(t, searching+"?q="+url.QueryEscape(q)+more).object(t)
	body.shape(t, "search", "query string", "fields list", "results list", "total int", "next_page_token string")
	for i, result := range body.list("results") {
		result.shape(t, "result", "tool object", "score number", "highlights list")
		result.in("tool").shape(t, "tool", toolShape...)
		for _, highlight := range result.list("highlights") {
			highlight.shape(t, "highlight", "field string", "text string")
		}
		if i > 0 && result.number("score") > body.list("results")[i-1].number("score") {
			t.Errorf("%s: not best first", q)
		}
	}
	if body.text("query") != q {
		t.Errorf("query %q, asked for %q", body.text("query"), q)
	}
	return body
}

// found are the names of the tools that a search finds.
func found(t *testing.T, q, more string) []string {
	t.Helper()
	var names []string
	for _, result := range search(t, q, more).list("results") {
		names = append(names, result.in("tool").text("tool_name"))
	}
	return names
}

// inField is a tool that has the word in one searched field only.
func inField(t *testing.T, field, word string) string {
	t.Helper()
	capability := object{"capability_name": "testing"}
	pattern := object{"pattern_name": "p"}
	fields := object{}
	name := uniqueName(t)
	switch field {
	case "name":
		name = "rest-" + word
		t.Cleanup(func() { removeTool(t, name) })
	case "description":
		fields["description"] = "Finds a " + word + " quickly"
	case "capabilities":
		capability["capability_name"] = word + "_reading"
	case "patterns":
		pattern["pattern_name"] = "by_" + word
	case "use_cases":
		pattern["typical_use_cases"] = []any{"When a " + word + " is needed"}
	case "tags":
		fields["metadata"] = object{"tags": []any{word}}
	}
	capability["patterns"] = []any{pattern}
	fields["capabilities"] = []any{capability}
	do(t, "POST", tools, definition(name, fields).json()).want(t, 201)
	return name
}

func TestSearchLooksIntoEveryField(t *testing.T) {
	stackURL(t)
	word := uniqueWord()
	byField := map[string]string{}
	for _, field := range []string{"name", "description", "capabilities", "patterns", "use_cases", "tags"} {
		byField[field] = inField(t, field, word)
	}
	all := found(t, word, "")
	if len(all) != 6 || all[0] != byField["name"] {
		t.Errorf("found %v, want all of %v and the one of this name first", all, byField)
	}
	for field, name := range byField {
		body := search(t, word, "&fields="+field)
		wantTexts(t, "fields", body.texts("fields"), field)
		if body.number("total") != 1 || len(body.list("results")) != 1 {
			t.Errorf("%s: found %v", field, found(t, word, "&fields="+field))
			continue
		}
		result := body.list("results")[0]
		wantTexts(t, "found in "+field, []string{result.in("tool").text("tool_name")}, name)
		marked := slices.ContainsFunc(result.list("highlights"), func(highlight object) bool {
			return highlight.text("field") == field && strings.Contains(highlight.text("text"), "**") &&
				strings.Contains(highlight.text("text"), word)
		})
		if !marked {
			t.Errorf("%s: highlights %v", field, result["highlights"])
		}
	}
	for _, fields := range []string{"&fields=tags,description", "&fields=tags&fields=description"} {
		names := found(t, word, fields)
		slices.Sort(names)
		want := []string{byField["tags"], byField["description"]}
		slices.Sort(want)
		wantTexts(t, fields, names, want...)
	}
	one := get(t, searching+"?q="+word).want(t, 200)
	if other := get(t, searching+"/query?q="+word).want(t, 200); string(one.body) != string(other.body) {
		t.Errorf("the two paths answer differently: %s\n%s", one.body, other.body)
	}
}

func TestSearchForgives(t *testing.T) {
	word := uniqueWord()
	name := inField(t, "description", word)
	swapped := word[:5] + word[6:7] + word[5:6] + word[7:]
	for what, q := range map[string]string{
		"the beginning": word[:9], "capital letters": strings.ToUpper(word), "two words": word + " quickly",
		"in another order": "quickly " + word, "a letter too few": word[:6] + word[7:], "two letters swapped": swapped,
		"a sign behind it": word + "!", "quotes": `"` + word + `"`,
	} {
		if names := found(t, q, ""); !slices.Contains(names, name) {
			t.Errorf("%s: %q finds %v", what, q, names)
		}
	}
	for what, q := range map[string]string{"a word that is not there": word + " " + uniqueWord(), "nothing alike": uniqueWord()} {
		if names := found(t, q, ""); slices.Contains(names, name) {
			t.Errorf("%s: %q finds it", what, q)
		}
	}
	do(t, "PATCH", tools+"/"+name+"/disable", "").want(t, 200)
	wantTexts(t, "a disabled tool", found(t, word, ""), name)
	do(t, "PUT", tools+"/"+name, `{"description":"Something else"}`).want(t, 200)
	wantTexts(t, "after a change of the text", found(t, word, ""))
}

func TestSearchKnowsTheLatestVersionOnly(t *testing.T) {
	word, later := uniqueWord(), uniqueWord()
	name := inField(t, "description", word)
	do(t, "POST", tools, definition(name, object{"version": "2.0", "description": "Has " + later}).json()).want(t, 201)
	wantTexts(t, "the older text", found(t, word, ""))
	wantTexts(t, "the newer text", found(t, later, ""), name)
	do(t, "POST", tools+"/"+name+"/promote", `{"version":"1.0"}`).want(t, 200)
	wantTexts(t, "the promoted text", found(t, word, ""), name)
	do(t, "DELETE", tools+"/"+name, "").want(t, 204)
	wantTexts(t, "a deleted tool", found(t, word, ""))
}

func TestSearchIsPaged(t *testing.T) {
	word := uniqueWord()
	for range 5 {
		inField(t, "tags", word)
	}
	all := found(t, word, "")
	var paged []string
	for token, page := "", 0; page == 0 || token != ""; page++ {
		body := search(t, word, "&page_size=2&page_token="+token)
		for _, result := range body.list("results") {
			paged = append(paged, result.in("tool").text("tool_name"))
		}
		if body.number("total") != 5 {
			t.Errorf("total %v", body["total"])
		}
		if token = body.text("next_page_token"); page == 0 {
			get(t, searching+"?q=other&page_size=2&page_token="+token).violates(t, "page_token")
			get(t, searching+"?q="+word+"&fields=tags&page_size=2&page_token="+token).violates(t, "page_token")
			get(t, tools+"?page_size=2&page_token="+token).violates(t, "page_token")
		}
	}
	wantTexts(t, "page by page", paged, all...)
}

func TestSearchesOfAnyText(t *testing.T) {
	name := inField(t, "description", "100%-"+uniqueWord())
	for _, q := range []string{
		"%", "_", "'", `"`, `\`, "'; drop table tools; --", "a & b", "a | !b", "(", ":*", "<->", "zz''zz", "$1", "%s", "*", "***",
		"日本語", "é",
	} {
		if names := found(t, q, "&page_size=1000"); strings.ContainsAny(q, "日;zé") && len(names) > 0 {
			t.Errorf("%q finds %v", q, names)
		}
	}
	get(t, tools+"/"+name).want(t, 200)
}

func TestRefusedSearches(t *testing.T) {
	get(t, searching).violates(t, "q")
	get(t, searching+"?q=").violates(t, "q")
	get(t, searching+"?q=%20").violates(t, "q")
	get(t, searching+"?q="+strings.Repeat("x", 201)).violates(t, "q", "200")
	get(t, searching+"?q="+strings.Repeat("x", 10_000)).violates(t, "q", "200")
	get(t, searching+"?q="+strings.Repeat("%25", 10_000)).violates(t, "q", "200")
	get(t, searching+"?q="+strings.Repeat("%F0%9F%98%80", 10_000)).violates(t, "q", "200")
	get(t, searching+"/query?q="+strings.Repeat("x+", 5_000)).violates(t, "q", "200")
	get(t, searching+"?q="+strings.Repeat("%C3%A9", 200)).want(t, 200)
	get(t, searching+"?q=a%00b").violates(t, "q")
	get(t, searching+"?q=a%09b").violates(t, "q", "printable")
	get(t, searching+"?q=%ff").refused(t, 400, "q", "UTF-8")
	get(t, searching+"?q=x&fields=bogus").violates(t, "fields", "bogus", "use_cases")
	get(t, searching+"?q=x&fields=name,bogus").violates(t, "fields", "bogus")
	get(t, searching+"?q=x&page_size=0").violates(t, "page_size", "1000")
	get(t, searching+"?q=x&page_token=nonsense").violates(t, "page_token")
	get(t, searching+"?q=x&limit=5").refused(t, 400, "limit")
	do(t, "POST", searching, `{"q":"x"}`).refused(t, 405)
}
