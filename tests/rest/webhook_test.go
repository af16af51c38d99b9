package rest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

const webhook = tools + "/reload/webhook"

// webhookSecret is the secret of the stack; the test is skipped without it.
func webhookSecret(t *testing.T) string {
	t.Helper()
	path := os.Getenv("TOOLCATALOG_WEBHOOK_SECRET_FILE")
	if path == "" {
		t.Skip("TOOLCATALOG_WEBHOOK_SECRET_FILE is not set: it names the file with the stack's webhook secret")
	}
	secret, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(secret), "\n")
}

func sign(secret, timestamp, body string) string {
	code := hmac.New(sha256.New, []byte(secret))
	code.Write([]byte(timestamp + "." + body))
	return "sha256=" + hex.EncodeToString(code.Sum(nil))
}

// at is the timestamp of a moment that is so far from now.
func at(distance time.Duration) string { return strconv.FormatInt(time.Now().Add(distance).Unix(), 10) }

// now is a timestamp that the service takes, also when it has just started.
func now() string { return at(2 * time.Second) }

// sendWebhook sends a body that is signed for the timestamp.
func sendWebhook(t *testing.T, body, timestamp string) answer {
	t.Helper()
	return do(t, "POST", webhook, body, "X-Timestamp", timestamp, "X-Signature-256", sign(webhookSecret(t), timestamp, body))
}

func TestASignedWebhookReloads(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	awaitProfile(t, name, "is there", func(object) bool { return true })
	body := sendWebhook(t, object{"tool_name": name, "source": "build 7"}.json(), now()).object(t)
	body.shape(t, "webhook", "success bool", "event object")
	event := body.in("event")
	event.shape(t, "event", eventShape...)
	if !body.flag("success") || event.text("trigger") != "webhook" || event.text("tool_name") != name ||
		event.text("triggered_by") != "build 7" {
		t.Errorf("answered %v", body)
	}
	if found := events(t, "webhook", name); len(found) != 1 || found[0]["event_id"] != event["event_id"] {
		t.Errorf("the history has %v, answered %v", found, event)
	}
}

func TestAWebhookIsSignedByteByByte(t *testing.T) {
	name := newTool(t, nil).text("tool_name")
	awaitProfile(t, name, "is there", func(object) bool { return true })
	body := " {\r\n\t\"source\" :\"caf\u00e9 \u2615\" ,\t \"tool_name\":\"" + name + "\" }\n\n"
	event := sendWebhook(t, body, now()).object(t).in("event")
	if event.text("triggered_by") != "caf\u00e9 \u2615" || event.text("tool_name") != name {
		t.Errorf("answered %v", event)
	}
}

func TestAWebhookForAllAndForAnUnknownTool(t *testing.T) {
	all := sendWebhook(t, "{}", now()).object(t)
	if event := all.in("event"); !all.flag("success") || event.text("trigger") != "webhook" ||
		event.text("triggered_by") != "webhook:local" {
		t.Errorf("answered %v", all)
	}
	unknown := sendWebhook(t, `{"tool_name":"invalid_tool"}`, now()).object(t)
	if event := unknown.in("event"); unknown.flag("success") || event.text("error") != "Tool not found: invalid_tool" ||
		event.text("trigger") != "webhook" {
		t.Errorf("answered %v", unknown)
	}
}

func TestWebhooksThatAreNotSignedAreRefusedAndCounted(t *testing.T) {
	secret, timestamp := webhookSecret(t), now()
	before := get(t, tools+"/reload/statistics").object(t).int64("webhooks_refused")
	good := sign(secret, timestamp, "{}")
	old, early := at(-310*time.Second), at(310*time.Second)
	for _, test := range []struct{ body, timestamp, signature string }{
		{"{} ", timestamp, good},
		{"{}", at(3 * time.Second), good},
		{"{}", timestamp, sign("not the secret of anybody", timestamp, "{}")},
		{"{}", timestamp, strings.TrimPrefix(good, "sha256=")},
		{"{}", old, sign(secret, old, "{}")},
		{"{}", early, sign(secret, early, "{}")},
	} {
		got := do(t, "POST", webhook, test.body, "X-Timestamp", test.timestamp, "X-Signature-256", test.signature)
		got.refused(t, 401)
		if strings.Contains(string(got.body), strings.TrimPrefix(good, "sha256=")) {
			t.Errorf("the answer gives the signature away: %s", got.body)
		}
	}
	do(t, "POST", webhook, "{}").refused(t, 401, "signature")
	do(t, "POST", webhook, "{}", "X-Signature-256", good).refused(t, 401, "timestamp")
	if after := get(t, tools+"/reload/statistics").object(t).int64("webhooks_refused"); after != before+8 {
		t.Errorf("%d webhooks refused, was %d, want 8 more", after, before)
	}
}

func TestAReplayedWebhookIsRefused(t *testing.T) {
	body, timestamp := `{"tool_name":"invalid_tool","source":"replay `+at(0)+`"}`, now()
	sendWebhook(t, body, timestamp).want(t, 200)
	sendWebhook(t, body, timestamp).refused(t, 409, "accepted before")
	signature := sign(webhookSecret(t), timestamp, body)
	upper := "sha256=" + strings.ToUpper(strings.TrimPrefix(signature, "sha256="))
	do(t, "POST", webhook, body, "X-Timestamp", timestamp, "X-Signature-256", upper).refused(t, 409)
}

func TestBadWebhookBodies(t *testing.T) {
	sendWebhook(t, `{"tool_name":5}`, now()).violates(t, "tool_name", "text", "5")
	sendWebhook(t, "[]", now()).violates(t, "body", "JSON object")
	sendWebhook(t, "", now()).violates(t, "body", "JSON object")
	sendWebhook(t, "{\"source\":\"\xff\"}", now()).violates(t, "body", "UTF-8")
	sendWebhook(t, `{"tool_name":"no tool"}`, now()).violates(t, "tool_name")
	sendWebhook(t, "{}"+strings.Repeat(" ", 1<<20), now()).refused(t, 413, "body", "1048576")
	do(t, "POST", webhook+"?tool_name=x", "{}").refused(t, 400, "tool_name")
}
