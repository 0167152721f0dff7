package actors_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"keur/internal/actors"
)

func TestUsersAreNamedAsTheTrailDoes(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(map[string]any{"by": actors.User(7), "all": []actors.User{1, 20}})
	if err != nil || string(text) != `{"all":["user:1","user:20"],"by":"user:7"}` {
		t.Fatalf("%s, %v", text, err)
	}
	var read struct{ By actors.User }
	if err := json.Unmarshal(text, &read); err != nil || read.By != 7 {
		t.Errorf("read as %d, %v", read.By, err)
	}
	for _, wrong := range []string{"7", "user:", "user:0", "user:-7", "user:07", "user:+7", "contact:7", "User:7", "user:7 "} {
		if err := read.By.UnmarshalText([]byte(wrong)); err == nil {
			t.Errorf("%q was read as user %d", wrong, read.By)
		}
	}
}

func TestWhatAnActorLooksLike(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(actors.Pattern)
	for _, is := range []string{
		actors.User(7).String(), "contact:3", "member", "department:4", "provider:2", "console", "console:anna", "system:scheduler",
		"database:keur_app",
	} {
		if !pattern.MatchString(is) {
			t.Errorf("%s is no actor", is)
		}
	}
	for _, isnt := range []string{"", "7", "user", "user:0", "user:anna", "Eva de Vries", "member:12", "system:", "a system"} {
		if pattern.MatchString(isnt) {
			t.Errorf("%q is an actor", isnt)
		}
	}
}
