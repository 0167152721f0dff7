package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"keur/approval/approvaltest"
	"keur/internal/pgtest"
	"keur/internal/proctest"
)

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// TestDocumentedLine runs the blocks of docs/api.md as the script that they
// are, at the servers of a keur that runs beside it.
func TestDocumentedLine(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("this machine has no %s, by which docs/api.md goes", program)
		}
	}
	page, err := os.ReadFile("../../docs/api.md")
	must(t, err)
	var script strings.Builder
	for _, block := range shellBlock.FindAllSubmatch(page, -1) {
		script.Write(block[1])
	}
	db := pgtest.Database(t)
	env := []string{
		"KEUR_DATABASE_URL=" + db.AppURL, "KEUR_SECRET=" + approvaltest.Secret, "KEUR_CONFIG=/dev/null", "KEUR_LOG_LEVEL=error",
	}
	api, server, inbox, web := freeAddress(t), freeAddress(t), freeAddress(t), freeAddress(t)
	began := time.Now()
	proctest.Start(t, env, "serve", "--local-links", "--only", "inbox,worker,scheduler,public,api,web", "--api-address", api,
		"--web-address", web, "--public-address", server, "--inbox-address", inbox, "--inbox-smtp", freeAddress(t))
	proctest.Until(t, "the API is ready", func() bool {
		answer, err := http.Get("http://" + api + "/docs")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	// The mailing is to be approved before its moment, which takes the longer the
	// busier the machine is.
	lead := max(20*time.Second, 5*time.Since(began))
	within, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	line := exec.CommandContext(within, "bash", "-c", script.String())
	line.Env = append(proctest.Command(env).Env, "PATH="+named(t)+":"+os.Getenv("PATH"),
		"API=http://"+api, "PUBLIC=http://"+server, "INBOX=http://"+inbox, "DESK=http://"+web, fmt.Sprintf("LEAD=%.0f", lead.Seconds()))
	out, err := line.CombinedOutput()
	if err != nil {
		t.Fatalf("%v after\n%s", err, out)
	}
	for _, says := range []string{`"n":2`, `"audience":2`, `"states":{"sent":2}`, `"clicks_unique":1`, `"verdict":"approved"`, `"token_id":`} {
		if !strings.Contains(string(out), says) {
			t.Errorf("the line doesn't say %s:\n%s", says, out)
		}
	}
	// Every governed row of it is as the trail tells, and so is the ledger.
	if status, out, trouble := keur(t, "audit", "verify", "--database-url", db.AppURL, "--secret", pgtest.Secret); status != exitDone {
		t.Errorf("the trail: %s%s", out, trouble)
	}
}

// named returns a folder in which the test's own program is called keur.
func named(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "keur"), fmt.Appendf(nil, "#!/bin/sh\nexec '%s' \"$@\"\n", os.Args[0]), 0o700))
	return dir
}
