package rest

import (
	"fmt"
	"net/url"
	"sort"
	"strings"
	"testing"
)

// tagged are three tools that share a tag nobody else has, by name; the second is a draft for windows, the third disabled.
func tagged(t *testing.T) (tag string, names []string) {
	t.Helper()
	tag = "Tag " + uniqueWord()
	for range 3 {
		names = append(names, uniqueName(t))
	}
	sort.Strings(names)
	for i, fields := range []object{
		{"description": "one"},
		{"platform": "windows", "category": "network", "status": "draft", "capabilities": withCapability("file_read")},
		{"enabled": false, "capabilities": withCapability("file_reading")},
	} {
		fields["metadata"] = object{"tags": []any{"other", tag}}
		do(t, "POST", tools, definition(names[i], fields).json()).want(t, 201)
	}
	return tag, names
}

func TestFiltersCombine(t *testing.T) {
	tag, names := tagged(t)
	for query, want := range map[string][]string{
		"": names, "&platform=linux": {names[0], names[2]}, "&category=network": {names[1]}, "&status=draft": {names[1]},
		"&enabled=true": names[:2], "&enabled=false": names[2:], "&capability=testing": names[:1],
		// A group of aliases is found under each of its names, short of the exact case.
		"&capability=file_reading": names[1:], "&capability=file_access": names[1:], "&capability=File_Reading": {},
		"&capability=file_reading&enabled=true&platform=windows": {names[1]}, "&capability=nothing": {},
		"&platform=windows&enabled=false": {}, "&order_by=tool_name%20desc": {names[2], names[1], names[0]},
	} {
		body := get(t, tools+"?tag="+url.QueryEscape(strings.ToUpper(tag))+query).object(t)
		wantTexts(t, "tools"+query, column(body.list("tools"), "tool_name"), want...)
		if body.number("total") != float64(len(want)) {
			t.Errorf("%s: total %v, want %d", query, body["total"], len(want))
		}
	}
	path := get(t, tools+"/platform/windows?tag="+url.QueryEscape(tag)).object(t)
	wantTexts(t, "by platform", column(path.list("tools"), "tool_name"), names[1])
	path = get(t, tools+"/category/system?tag="+url.QueryEscape(tag)+"&enabled=false").object(t)
	wantTexts(t, "by category", column(path.list("tools"), "tool_name"), names[2])
	get(t, tools+"?tag="+url.QueryEscape("%'\"")).want(t, 200)
	get(t, tools+"?tag="+strings.Repeat("t", 101)).violates(t, "tag", "100")
	get(t, tools+"?capability="+strings.Repeat("t", 101)).violates(t, "capability", "100")
}

func TestListsAreOrdered(t *testing.T) {
	tag, names := tagged(t)
	query := "?tag=" + url.QueryEscape(tag)
	do(t, "PUT", tools+"/"+names[1], `{"description":"newest"}`).want(t, 200)
	byAge := []string{names[0], names[2], names[1]}
	for order, want := range map[string][]string{
		"tool_name": names, "revision": byAge, "updated_at": byAge, "revision desc": {names[1], names[2], names[0]},
		"updated_at desc": {names[1], names[2], names[0]}, "tool_name desc": {names[2], names[1], names[0]},
	} {
		order := "&order_by=" + url.QueryEscape(order)
		body := get(t, tools+query+order).object(t)
		wantTexts(t, order, column(body.list("tools"), "tool_name"), want...)
		var paged []string
		for token, page := "", 1; page == 1 || token != "" && page <= len(want); page++ {
			body := get(t, fmt.Sprintf("%s%s%s&page_size=1&page_token=%s", tools, query, order, token)).object(t)
			numbered := get(t, fmt.Sprintf("%s%s%s&page_size=1&page=%d", tools, query, order, page)).object(t)
			paged = append(paged, column(body.list("tools"), "tool_name")...)
			wantTexts(t, order+" by number", column(numbered.list("tools"), "tool_name"), want[page-1])
			if numbered.number("page") != float64(page) || body.number("total") != 3 {
				t.Errorf("%s: page %v, total %v", order, numbered["page"], body["total"])
			}
			token = body.text("next_page_token")
		}
		wantTexts(t, order+" by token", paged, want...)
	}
	for _, bad := range []string{"size", "tool_name asc", "TOOL_NAME", "tool_name,revision", "tool_name; drop table tools"} {
		get(t, tools+"?order_by="+url.QueryEscape(bad)).violates(t, "order_by", "tool_name", "updated_at", "revision")
	}
}

func TestATokenIsForItsOwnQuery(t *testing.T) {
	tag, names := tagged(t)
	query := tools + "?tag=" + url.QueryEscape(tag) + "&page_size=1"
	token := "&page_token=" + get(t, query).object(t).text("next_page_token")
	for _, other := range []string{"&platform=linux", "&order_by=revision", "&enabled=true", "&capability=testing"} {
		get(t, query+other+token).violates(t, "page_token")
	}
	get(t, tools+"?page_size=1"+token).violates(t, "page_token")
	get(t, query+"&page=2"+token).refused(t, 400, "page")
	get(t, query+strings.Replace(token, "=", "=x", 1)).violates(t, "page_token")
	get(t, changes+"?page_size=1"+token).violates(t, "page_token")
	get(t, "/api/v1/capabilities?page_size=1"+token).violates(t, "page_token")
	// Tools that come and go in between do not shift the rest.
	do(t, "DELETE", tools+"/"+names[0], "").want(t, 204)
	wantTexts(t, "after a deletion", column(get(t, query+token).object(t).list("tools"), "tool_name"), names[1])
}
