package rest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

const hooks = tools + "/reload/hooks"

// receiver is an HTTP server that takes events.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	received []delivery
}

type delivery struct {
	header http.Header
	body   []byte
}

// newReceiver answers what status tells of the number of the request, from 1.
func newReceiver(t *testing.T, status func(number int) int) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.mu.Lock()
		r.received = append(r.received, delivery{request.Header, body})
		number := len(r.received)
		r.mu.Unlock()
		w.WriteHeader(status(number))
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) deliveries() []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]delivery(nil), r.received...)
}

// newHook creates a hook that goes with the test.
func newHook(t *testing.T, hook object) object {
	t.Helper()
	created := do(t, "POST", hooks, hook.json()).object(t)
	t.Cleanup(func() { do(t, "DELETE", hooks+"/"+hook.text("name"), "") })
	return created
}

// listedHook is the hook of that name, or nil.
func listedHook(t *testing.T, name string) object {
	t.Helper()
	for _, hook := range get(t, hooks).object(t).list("hooks") {
		if hook.in("hook").text("name") == name {
			return hook
		}
	}
	return nil
}

func TestEventsAreSentToAHook(t *testing.T) {
	r := newReceiver(t, func(number int) int { return map[bool]int{true: 500, false: 200}[number == 1] })
	name := newTool(t, nil).text("tool_name")
	awaitProfile(t, name, "is there", func(object) bool { return true })
	created := newHook(t, object{"name": "rest-events", "url": r.URL + "/in", "triggers": []string{"manual"}})
	created.shape(t, "hook", "name string", "url string", "triggers list", "secret string")
	listedHook(t, "rest-events").shape(t, "hook status", "hook object", "configured bool", "queued int", "delivered int64",
		"failed int64", "dropped int64", "last_error string")
	var sent []object
	for range 3 {
		sent = append(sent, do(t, "POST", tools+"/reload", object{"tool_name": name}.json()).object(t).in("event"))
	}
	await(t, "the hook has all", func() bool { return listedHook(t, "rest-events").int64("delivered") == 3 })
	got := r.deliveries()
	if len(got) != 4 {
		t.Fatalf("%d deliveries, want the first one twice", len(got))
	}
	for i, d := range got[1:] {
		event := parse(t, d.body)
		if event.text("event_id") != sent[i].text("event_id") || event.text("tool_name") != name {
			t.Errorf("delivery %d is %v, want %v", i, event, sent[i])
		}
		for field := range sent[i] {
			if _, there := event[field]; !there {
				t.Errorf("the event has no %q, which REST has", field)
			}
		}
		if id := d.header.Get("X-Event-Id"); !strings.HasSuffix(id, "/"+event.text("event_id")) ||
			strings.Count(id, "/") != 2 || d.header.Get("Content-Type") != "application/json" ||
			d.header.Get("X-Timestamp") == "" {
			t.Errorf("headers %v", d.header)
		}
	}
}

func TestADeletedHookGetsNothing(t *testing.T) {
	r := newReceiver(t, func(int) int { return 200 })
	newHook(t, object{"name": "rest-deleted", "url": r.URL})
	do(t, "DELETE", hooks+"/rest-deleted", "").want(t, 204)
	if hook := listedHook(t, "rest-deleted"); hook != nil {
		t.Errorf("still listed: %v", hook)
	}
	other := newReceiver(t, func(int) int { return 200 })
	newHook(t, object{"name": "rest-other", "url": other.URL})
	do(t, "POST", tools+"/reload", `{"tool_name":"no-such-tool"}`).want(t, 200)
	await(t, "the other hook has the event", func() bool { return len(other.deliveries()) > 0 })
	if got := r.deliveries(); len(got) != 0 {
		t.Errorf("received %d", len(got))
	}
	do(t, "DELETE", hooks+"/rest-deleted", "").refused(t, 404)
}

func TestBadHooksAreRefused(t *testing.T) {
	url := "http://127.0.0.1:1/"
	refuse := func(hook object, status int, parts ...string) {
		t.Helper()
		do(t, "POST", hooks, hook.json()).refused(t, status, parts...)
	}
	refuse(object{"url": url}, 400, "hook.name")
	refuse(object{"name": "no name", "url": url}, 400, "hook.name")
	refuse(object{"name": "dead-letters", "url": url}, 400, "hook.name", "reserved")
	refuse(object{"name": "rest-bad"}, 400, "hook.url", "required")
	refuse(object{"name": "rest-bad", "url": "ftp://127.0.0.1/"}, 400, "hook.url", "http")
	refuse(object{"name": "rest-bad", "url": "http://joe:secret@127.0.0.1/"}, 400, "hook.url", "user info")
	refuse(object{"name": "rest-bad", "url": "http://127.0.0.1/#x"}, 400, "hook.url", "fragment")
	refuse(object{"name": "rest-bad", "url": "http://169.254.169.254/"}, 400, "169.254.169.254", "hook_hosts")
	refuse(object{"name": "rest-bad", "url": url, "triggers": []string{"hourly"}}, 400, "hook.triggers[0]", "api_update")
	refuse(object{"name": "rest-bad", "url": url, "secret": "none"}, 400, "hook.secret")
	do(t, "POST", hooks, `{"name":"a","bogus":1}`).refused(t, 400, "bogus")
	newHook(t, object{"name": "rest-twice", "url": url})
	refuse(object{"name": "rest-twice", "url": url}, 409)
	if hook := listedHook(t, "rest-bad"); hook != nil {
		t.Errorf("listed: %v", hook)
	}
}

func TestDeadLettersAreListed(t *testing.T) {
	body := get(t, hooks+"/dead-letters?limit=1&hook=rest-none").object(t)
	body.shape(t, "dead letters", "dead_letters list", "total int", "next_page_token string")
	if body.number("total") != 0 {
		t.Errorf("answered %v", body)
	}
	get(t, hooks+"/dead-letters?limit=0").violates(t, "limit", "1", "1000")
	get(t, hooks+"/dead-letters?hook=a/b").violates(t, "hook")
}
