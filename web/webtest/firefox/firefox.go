// Package firefox opens windows of Firefox for tests, and works in them by
// WebDriver BiDi, which Firefox speaks itself.
package firefox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/net/websocket"
)

// origin is what the connection says it comes from; Firefox takes no other.
const origin = "http://127.0.0.1"

// preferences keep Firefox from asking anybody but the servers under test.
const preferences = `user_pref("network.dns.disabled", true);
user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
user_pref("app.normandy.enabled", false);
user_pref("nimbus.rollouts.enabled", false);
user_pref("browser.backup.enabled", false);
user_pref("browser.ml.enable", false);
user_pref("browser.newtabpage.enabled", false);
user_pref("browser.newtabpage.activity-stream.feeds.system.topsites", false);
user_pref("media.gmp-manager.updateEnabled", false);
user_pref("extensions.systemAddon.update.enabled", false);
user_pref("fission.autostart", false);
user_pref("dom.ipc.processCount", 2);
user_pref("dom.ipc.processPrelaunch.enabled", false);
user_pref("ui.prefersReducedMotion", 1);
`

// tied runs Firefox until it ends, or until nobody holds what the shell reads
// from: whoever started it may die without a word.
const tied = `"$0" "$@" </dev/null & cat >/dev/null; kill $!; wait $!; rm -rf "$HOME"`

// Browser is a running Firefox. Its methods are safe for concurrent use.
type Browser struct {
	process *exec.Cmd
	tie     io.Closer // Firefox ends when it closes
	profile string
	conn    *websocket.Conn

	mu      sync.Mutex
	last    int64
	waiting map[int64]chan message
	windows map[string]*Window // by their context's id
	ended   error              // why nothing is answered any more
}

// message is what Firefox says: an answer, which has an id, or an event.
type message struct {
	ID      int64           `json:"id"`
	Result  json.RawMessage `json:"result"`
	Error   string          `json:"error"`
	Message string          `json:"message"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

// Path returns where Firefox is.
func Path() (string, error) {
	for _, name := range []string{"firefox-esr", "firefox"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no Firefox (Debian: apt-get install firefox-esr)")
}

// Start starts a Firefox with a profile of its own, which Close removes.
func Start(ctx context.Context) (*Browser, error) {
	path, err := Path()
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp("", "keur-firefox-")
	if err != nil {
		return nil, err
	}
	b := &Browser{profile: profile, waiting: map[int64]chan message{}, windows: map[string]*Window{}}
	if err := b.start(ctx, path); err != nil {
		b.Close()
		return nil, fmt.Errorf("start Firefox: %w", err)
	}
	return b, nil
}

// start runs the process, connects to it and begins a session.
func (b *Browser) start(ctx context.Context, path string) error {
	if err := os.WriteFile(filepath.Join(b.profile, "user.js"), []byte(preferences), 0o600); err != nil {
		return err
	}
	b.process = exec.Command("sh", "-c", tied, path, "--headless", "--no-remote", "--remote-debugging-port", "0",
		"--remote-allow-origins", origin, "--profile", b.profile, "about:blank")
	b.process.Env = append(os.Environ(), "HOME="+b.profile, "MOZ_CRASHREPORTER_DISABLE=1")
	says, err := b.process.StderrPipe()
	if err != nil {
		return err
	}
	if b.tie, err = b.process.StdinPipe(); err != nil {
		return err
	}
	if err := b.process.Start(); err != nil {
		return err
	}
	address, err := listening(ctx, says)
	if err != nil {
		return err
	}
	b.conn, err = websocket.Dial(address+"/session", "", origin)
	if err != nil {
		return err
	}
	go b.read()
	if err := b.call(ctx, "session.new", map[string]any{"capabilities": map[string]any{}}, nil); err != nil {
		return err
	}
	return b.call(ctx, "session.subscribe", map[string]any{"events": []string{"log.entryAdded"}}, nil)
}

// listening returns the address that Firefox says it listens at, and reads on,
// so that Firefox can go on to write.
func listening(ctx context.Context, says io.Reader) (address string, err error) {
	found := make(chan string, 1)
	go func() {
		defer close(found)
		for lines := bufio.NewScanner(says); lines.Scan(); {
			if _, at, ok := strings.Cut(lines.Text(), "WebDriver BiDi listening on "); ok {
				found <- strings.TrimSpace(at)
				break
			}
		}
		_, _ = io.Copy(io.Discard, says)
	}()
	select {
	case at, ok := <-found:
		if !ok {
			return "", errors.New("it ended before it listened")
		}
		return at, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// read hands on what Firefox says, until the connection ends. It decodes a
// stream, since one message may come in several frames.
func (b *Browser) read() {
	for decoder := json.NewDecoder(b.conn); ; {
		var m message
		if err := decoder.Decode(&m); err != nil {
			b.end(fmt.Errorf("Firefox is gone: %w", err))
			return
		}
		if m.ID == 0 {
			b.heard(m)
			continue
		}
		b.mu.Lock()
		answer := b.waiting[m.ID]
		delete(b.waiting, m.ID)
		b.mu.Unlock()
		if answer != nil {
			answer <- m
		}
	}
}

// end tells all who wait that no answer comes.
func (b *Browser) end(why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended == nil {
		b.ended = why
	}
	for id, answer := range b.waiting {
		close(answer)
		delete(b.waiting, id)
	}
}

// call gives a command and reads its result into a value, unless that is nil.
func (b *Browser) call(ctx context.Context, method string, params map[string]any, into any) error {
	answer := make(chan message, 1)
	b.mu.Lock()
	if b.ended != nil {
		b.mu.Unlock()
		return b.ended
	}
	b.last++
	id := b.last
	b.waiting[id] = answer
	err := websocket.JSON.Send(b.conn, map[string]any{"id": id, "method": method, "params": params})
	b.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case m, ok := <-answer:
		switch {
		case !ok:
			return fmt.Errorf("%s: Firefox ended", method)
		case m.Error != "":
			return fmt.Errorf("%s: %s: %s", method, m.Error, m.Message)
		case into == nil:
			return nil
		}
		return json.Unmarshal(m.Result, into)
	case <-ctx.Done():
		b.mu.Lock()
		delete(b.waiting, id)
		b.mu.Unlock()
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

// Close ends Firefox and removes its profile.
func (b *Browser) Close() {
	if b.conn != nil {
		_ = b.conn.Close()
	}
	if b.tie != nil {
		_ = b.tie.Close()
		_ = b.process.Wait()
	}
	_ = os.RemoveAll(b.profile)
}
