package rest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

const capabilities = "/api/v1/capabilities"

// capabilityEntry is the entry of a capability in the whole list, page by page; nil if there is none.
func capabilityEntry(t *testing.T, path, name string) object {
	t.Helper()
	var entry object
	previous, count, total := "", 0, -1
	for token, more := "", true; more; more = token != "" {
		body := get(t, path+"?page_size=1000&page_token="+token).object(t)
		body.shape(t, "capabilities", "capabilities list", "total int", "next_page_token string")
		for _, each := range body.list("capabilities") {
			each.shape(t, "capability", "capability_name string", "tool_count int", "tools list")
			if each.text("capability_name") == name {
				entry = each
			}
			if each.text("capability_name") == previous {
				t.Errorf("%q stands twice", previous)
			}
			previous = each.text("capability_name")
			count++
		}
		token, total = body.text("next_page_token"), int(body.number("total"))
	}
	if count != total {
		t.Errorf("%d capabilities, total %d", count, total)
	}
	return entry
}

func TestCapabilitiesAreCounted(t *testing.T) {
	name := uniqueWord()
	a := newTool(t, object{"capabilities": withCapability(name)}).text("tool_name")
	b := newTool(t, object{"capabilities": withCapability(name), "enabled": false}).text("tool_name")
	if a > b {
		a, b = b, a
	}
	for _, path := range []string{capabilities, tools + "/capabilities/list"} {
		entry := capabilityEntry(t, path, name)
		if entry.number("tool_count") != 2 {
			t.Errorf("%s: %v", path, entry)
		}
		wantTexts(t, "tools", entry.texts("tools"), a, b)
	}
	do(t, "PUT", tools+"/"+a, object{"capabilities": withCapability("other")}.json()).want(t, 200)
	if entry := capabilityEntry(t, capabilities, name); entry.number("tool_count") != 1 {
		t.Errorf("after a change: %v", entry)
	}
	do(t, "DELETE", tools+"/"+b, "").want(t, 204)
	if entry := capabilityEntry(t, capabilities, name); entry != nil {
		t.Errorf("a capability of no tool: %v", entry)
	}
}

func TestCapabilitiesArePaged(t *testing.T) {
	for range 3 {
		newTool(t, object{"capabilities": withCapability(uniqueWord())})
	}
	var all, paged []string
	for size, names := range map[int]*[]string{1000: &all, 2: &paged} {
		for token, more := "", true; more; more = token != "" {
			body := get(t, fmt.Sprintf("%s?page_size=%d&page_token=%s", capabilities, size, token)).object(t)
			*names = append(*names, column(body.list("capabilities"), "capability_name")...)
			token = body.text("next_page_token")
		}
	}
	wantTexts(t, "page by page", paged, all...)
	get(t, capabilities+"?page_size=0").violates(t, "page_size", "1000")
	get(t, capabilities+"?page_token=nonsense").violates(t, "page_token")
	get(t, tools+"/capabilities/list?bogus=1").refused(t, 400, "bogus")
}

// toolsOf is the answer about the tools of a capability, checked.
func toolsOf(t *testing.T, path, name string) object {
	t.Helper()
	body := get(t, path+"/"+url.PathEscape(name)+"/tools?page_size=1000").object(t)
	body.shape(t, "tools of a capability", "capability string", "tools list", "total int", "next_page_token string")
	for _, tool := range body.list("tools") {
		tool.shape(t, "tool", "tool_name string", "version string", "description string", "platform string", "category string",
			"status string", "enabled bool", "capability object")
		tool.in("capability").shape(t, "capability", "capability_name string", "description string", "patterns list")
	}
	if body.text("capability") != name || body.number("total") != float64(len(body.list("tools"))) {
		t.Errorf("capability %q, total %v: asked for %q", body.text("capability"), body["total"], name)
	}
	return body
}

func TestToolsOfACapability(t *testing.T) {
	name := uniqueWord() + " with/sign"
	tool := newTool(t, object{"capabilities": append(withCapability(name), withCapability("other")...)})
	addVersion(t, newTool(t, object{"capabilities": withCapability(name)}).text("tool_name"), "2.0") // without it
	for _, path := range []string{capabilities, tools + "/capabilities"} {
		listed := toolsOf(t, path, name).list("tools")
		if len(listed) != 1 {
			t.Fatalf("%s: %v", path, listed)
		}
		for _, field := range []string{"tool_name", "version", "description", "platform", "category", "status", "enabled"} {
			contains(t, field, listed[0][field], tool[field])
		}
		contains(t, "capability", listed[0]["capability"], tool.list("capabilities")[0])
	}
	unknown := toolsOf(t, capabilities, uniqueWord())
	if len(unknown.list("tools")) != 0 || unknown["tools"] == nil {
		t.Errorf("an unknown capability has %v", unknown)
	}
	get(t, capabilities+"/"+strings.Repeat("c", 101)+"/tools").violates(t, "capability_name", "100")
	get(t, capabilities+"/x/tools?page_size=0").violates(t, "page_size", "1000")
	get(t, capabilities+"/x/tools?page_token=nonsense").violates(t, "page_token")
	get(t, capabilities+"//tools").refused(t, 404)
}

func TestAliasesOfACapability(t *testing.T) {
	exact := newTool(t, object{"capabilities": withCapability("asset_search")}).text("tool_name")
	alias := newTool(t, object{"capabilities": withCapability("inventory_query")}).text("tool_name")
	for asked, order := range map[string][]string{"asset_search": {exact, alias}, "inventory_query": {alias, exact}} {
		var mine []string
		for _, tool := range toolsOf(t, capabilities, asked).list("tools") {
			if name := tool.text("tool_name"); name == exact || name == alias {
				mine = append(mine, name)
			}
		}
		wantTexts(t, asked, mine, order...)
	}
	if listed := toolsOf(t, capabilities, "asset_query").list("tools"); len(listed) < 2 {
		t.Errorf("the group's own name has %v", listed)
	}
}
