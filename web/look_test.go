package web_test

import (
	"testing"

	"keur/web/webtest"
)

func TestLookAtSignIn(t *testing.T) {
	t.Parallel()
	webtest.New(t, 1).Look("", "signin", "/signin")
}

func TestLookAtStyleguide(t *testing.T) {
	t.Parallel()
	webtest.New(t, 1).Look("admin", "styleguide", "/styleguide")
}
