package web_test

import (
	"testing"

	"keur/web/webtest"
)

// TestLookInFirefox is the whole line in Firefox, where no script may fail and
// nothing may be against a page's policy.
func TestLookInFirefox(t *testing.T) {
	t.Parallel()
	wholeLine(t, "firefox-line", webtest.BrowseFirefox)
}
