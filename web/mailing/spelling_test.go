package mailing_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keur/internal/spelling"
	"keur/web/webtest"
)

// TestCheckReadsTheSpelling: words that no dictionary knows are told, and that none
// is installed; nothing is kept from going out by it.
func TestCheckReadsTheSpelling(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m, _ := d.Draft(t, d.Brief(t, webtest.Slot))
	path := "/mailings/" + webtest.Itoa(m.ID)
	if part := d.As("planner").Get(path + "/spelling").Body; !strings.Contains(part, "hunspell isn&#39;t installed") {
		t.Errorf("without hunspell: %s", part)
	}
	for said, want := range map[string]string{
		`printf '& zonvakansie 1 3: zonvakantie\n'`: "<strong>zonvakansie</strong>",
		`printf '*\n'`: "All words are known in Dutch",
		`echo "Can't open affix or dictionary files" >&2; exit 1`: "no dictionary for Dutch",
		`exit 3`: "gave no answer",
	} {
		program := filepath.Join(t.TempDir(), "hunspell")
		if err := os.WriteFile(program, []byte("#!/bin/sh\ncat > /dev/null\n"+said+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		d.Deps.Spelling = spelling.At(program)
		d.Reopen()
		if part := d.As("planner").Get(path + "/spelling").Body; !strings.Contains(part, want) {
			t.Errorf("%s: %s", said, part)
		}
	}
	if page := d.As("planner").Get(path + "/check").Body; !strings.Contains(page, path+"/spelling") {
		t.Error("the page doesn't ask for it")
	}
}
