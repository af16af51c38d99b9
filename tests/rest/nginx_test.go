package rest

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// nginxConfig has two servers in front of the stack: one as nginx comes, and one that compresses what it can.
const nginxConfig = `
daemon off; pid nginx.pid; error_log error.log; user root;
events {}
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server { listen 127.0.0.1:%[1]d; location / { proxy_pass %[3]s; } }
  server {
    listen 127.0.0.1:%[2]d;
    gzip on; gzip_types *; gzip_proxied any; client_max_body_size 0; proxy_http_version 1.1;
    location / { proxy_pass %[3]s; }
  }
}
`

// freePort is a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// behindNginx runs the test through a stock nginx, and through one that compresses. It is skipped without nginx.
func behindNginx(t *testing.T, test func(t *testing.T, compresses bool)) {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		if program = "/usr/sbin/nginx"; exec.Command(program, "-v").Run() != nil {
			t.Skip("nginx is not installed")
		}
	}
	folder, ports := t.TempDir(), []int{freePort(t), freePort(t)}
	config := filepath.Join(folder, "nginx.conf")
	text := fmt.Sprintf(nginxConfig, ports[0], ports[1], stackURL(t))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	nginx := exec.Command(program, "-p", folder, "-c", config)
	nginx.Stdout, nginx.Stderr = &output, &output
	if err := nginx.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		nginx.Process.Signal(os.Interrupt)
		nginx.Wait()
		if t.Failed() {
			t.Logf("nginx: %s", &output)
		}
	})
	for i, port := range ports {
		t.Run([]string{"stock", "compressing"}[i], func(t *testing.T) {
			t.Setenv("TOOLCATALOG_REST_URL", fmt.Sprintf("http://127.0.0.1:%d", port))
			await(t, "nginx listens", func() bool {
				conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
				if err == nil {
					conn.Close()
				}
				return err == nil
			})
			test(t, i == 1)
		})
	}
}

// A proxy that gathered the lines would deliver none before its buffer is full.
func TestNginxPassesOnEachLineOfAStream(t *testing.T) {
	behindNginx(t, func(t *testing.T, _ bool) {
		name := newTool(t, nil).text("tool_name")
		lines := watch(t, changes+"/watch?tool_names="+name)
		if first := lines.next(); first["bookmark"] == nil {
			t.Fatalf("first line: %v", first)
		}
		for _, description := range []string{"One", "Two"} {
			do(t, "PUT", tools+"/"+name, object{"description": description}.json()).want(t, 200)
			for line := lines.next(); ; line = lines.next() {
				if strings.Contains(line.json(), `"description":"`+description+`"`) {
					break
				}
			}
		}
	})
}

func TestLargeTextsPassThroughNginx(t *testing.T) {
	direct := stackURL(t)
	behindNginx(t, func(t *testing.T, compresses bool) {
		// As large as nginx takes by default, or a few times that.
		count, name := 5, uniqueName(t)
		if compresses {
			count = 40
		}
		var text strings.Builder
		for i := range count {
			fmt.Fprintf(&text, "---\ntool_name: %s_%d\nversion: '1.0'\ndescription: d\nplatform: scheduler\ncategory: asset\n"+
				"metadata:\n  text: %s\n", name, i, strings.Repeat("words ", 20_000))
		}
		body := do(t, "POST", importPath, text.String(), "Content-Type", "application/yaml").object(t)
		if body.number("imported_count") != float64(count) {
			t.Fatalf("imported %.1000v", body)
		}
		t.Cleanup(func() {
			for i := range count {
				do(t, "DELETE", fmt.Sprintf("%s/%s_%d", tools, name, i), "").want(t, 204)
			}
		})
		for _, path := range []string{
			"/api/v1/export?format=yaml&platform=scheduler", tools + "?page_size=1000&platform=scheduler", "/openapi.json",
		} {
			through := do(t, "GET", path, "", "Accept-Encoding", "identity").want(t, 200)
			packed := get(t, path).want(t, 200) // the client asks for gzip, and unpacks
			proxied := os.Getenv("TOOLCATALOG_REST_URL")
			os.Setenv("TOOLCATALOG_REST_URL", direct)
			whole := get(t, path).want(t, 200)
			os.Setenv("TOOLCATALOG_REST_URL", proxied)
			if !bytes.Equal(through.body, whole.body) || !bytes.Equal(packed.body, whole.body) {
				t.Errorf("%s: %d bytes, compressed %d; without nginx %d", path, len(through.body), len(packed.body), len(whole.body))
			}
		}
	})
}

func TestConditionsPassThroughNginx(t *testing.T) {
	behindNginx(t, func(t *testing.T, compresses bool) {
		tool := newTool(t, nil)
		path := tools + "/" + tool.text("tool_name")
		for _, read := range []string{path, "/openapi.json", tools + "?page_size=1"} {
			tag := get(t, read).want(t, 200).header.Get("ETag")
			got := do(t, "GET", read, "", "If-None-Match", tag)
			if got.status != http.StatusNotModified || len(got.body) > 0 || tag == "" {
				t.Errorf("%s with %s: status %d", read, tag, got.status)
			}
		}
		do(t, "HEAD", path, "").want(t, 200)
		tag := do(t, "GET", path, "", "Accept-Encoding", "identity").header.Get("ETag")
		do(t, "PUT", path, `{"description":"2"}`, "If-Match", tag).want(t, 200)
		do(t, "PUT", path, `{"description":"3"}`, "If-Match", tag).refused(t, 412)
	})
}
