package web

import "testing"

func TestLookAtSignIn(t *testing.T) {
	t.Parallel()
	newDesk(t, 1).look("", "signin", "/signin")
}

func TestLookAtStyleguide(t *testing.T) {
	t.Parallel()
	newDesk(t, 1).look("admin", "styleguide", "/styleguide")
}
