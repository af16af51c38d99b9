package rest

import (
	"testing"
)

func TestRevisionTellsWhereTheCatalogIs(t *testing.T) {
	written := newTool(t, nil).int64("revision")
	body := get(t, "/api/v1/revision").object(t)
	body.shape(t, "revision", "revision int64", "state_hash string")
	if body.int64("revision") < written || len(body.text("state_hash")) != 32 {
		t.Errorf("revision %v after a write of revision %d", body, written)
	}
}

func TestContentHashesComeInPages(t *testing.T) {
	tool := newTool(t, nil)
	newTool(t, nil)
	hashes := map[string]string{}
	path := "/api/v1/content-hashes?page_size=1"
	for token := ""; ; {
		body := get(t, path+token).object(t)
		body.shape(t, "content hashes", "tools list", "revision int64", "next_page_token string")
		for _, entry := range body.list("tools") {
			entry.shape(t, "content hash", "tool_name string", "version string", "content_hash string")
			hashes[entry.text("tool_name")] = entry.text("content_hash")
		}
		if body.text("next_page_token") == "" {
			break
		}
		token = "&page_token=" + body.text("next_page_token")
	}
	if len(hashes[tool.text("tool_name")]) != 64 {
		t.Errorf("no content hash of %s among %d", tool.text("tool_name"), len(hashes))
	}
	get(t, "/api/v1/content-hashes?page_size=-1").refused(t, 400, "page_size", "-1")
}
