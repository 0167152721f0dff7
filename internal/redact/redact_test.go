package redact

import "testing"

func TestSecretsInURLsAreMasked(t *testing.T) {
	t.Parallel()
	for secret, want := range map[string]string{
		"": "", "geheim": Hidden, "host=db password=geheim": Hidden,
		"postgres://keur@db/keur":                                 "postgres://keur@db/keur",
		"postgres://keur:geheim@db:5432/keur?sslmode=verify-full": "postgres://keur:xxxxx@db:5432/keur?sslmode=verify-full",
		"postgres://db/keur?password=geheim&user=keur":            "postgres://db/keur?password=xxxxx&user=keur",
		"postgres://db/keur?PassWord=geheim":                      "postgres://db/keur?PassWord=xxxxx",
		"postgres://db/keur?sslpassword=geheim&sslkey=geheim":     "postgres://db/keur?sslkey=xxxxx&sslpassword=xxxxx",
		"postgres://db/keur?passfile=/geheim&token=geheim":        "postgres://db/keur?passfile=xxxxx&token=xxxxx",
		"postgres://db/keur?password=geheim&password=geheim":      "postgres://db/keur?password=xxxxx",
		"postgres://db/keur?a;password=geheim&sslmode=disable":    "postgres://db/keur?sslmode=disable",
		"postgres://keur:12/geheim@db/keur":                       Hidden,
		"postgres://keur:12?geheim@db/keur":                       Hidden,
		"postgres://keur:12#geheim":                               Hidden,
		"postgres://keur:ge/heim@db/keur":                         Hidden,
		"postgres://keur:ge%40heim@db/keur":                       "postgres://keur:xxxxx@db/keur",
	} {
		if got := Secret(secret); got != want {
			t.Errorf("%s is shown as %s, not as %s", secret, got, want)
		}
	}
	for value, want := range map[string]string{
		"https://keur.shop.nl": "https://keur.shop.nl", "127.0.0.1:8080": "127.0.0.1:8080", "a@b": "a@b",
		"https://anna:geheim@keur.shop.nl": "https://anna:xxxxx@keur.shop.nl",
	} {
		if got := Credentials(value); got != want {
			t.Errorf("%s is shown as %s", value, got)
		}
	}
}

func TestAddressesAreMasked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"asked by jan@post.example today":       "asked by …@… today",
		`550 <"jan smit"@post.example> unknown`: `550 <…@…> unknown`,
		"o'brien@post.example":                  "…@…",
		"bounce+jan=post.example@list.example":  "…@…",
		"https://x.nl/?m=jan%40post.example&b":  "https://x.nl/?…@…&b",
		"https://x.nl/?m=jan%2540post.example":  "https://x.nl/?…@…",
		"jan＠post.example":                      "…@…",
		"jan (at) post.example, jan[AT]post.nl": "…@…, …@…",
		"jan&#64;post.example":                  "…@…",
		"nobody at all, 10:00 (attic) 50%":      "nobody at all, 10:00 (attic) 50%",
		"https://x.nl/?w=4000&h=40px":           "https://x.nl/?w=4000&h=40px",
	} {
		if got := Addresses(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}
