package web_test

import (
	"os"
	"testing"

	"keur/web/webtest"
)

// TestLookInFirefox is the whole line in Firefox, where no script may fail and
// nothing may be against a page's policy. Who looks at pages has it installed.
func TestLookInFirefox(t *testing.T) {
	t.Parallel()
	if os.Getenv("KEUR_LOOK") == "" {
		t.Skip("make look walks the line in Firefox")
	}
	wholeLine(t, "firefox-line", webtest.Desktop, webtest.BrowseFirefox)
}
