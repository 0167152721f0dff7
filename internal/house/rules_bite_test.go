package house

import (
	"slices"
	"strings"
	"testing"
)

func TestImportsBite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, imports string
		want          string // part of the complaint, or "" for none
	}{
		{"members/member.go", "keur/labels", ""},
		{"members/member.go", "keur/internal/fault", ""},
		{"members/member.go", "keur/segments", "members may import changes, labels"},
		{"labels/label.go", "keur/members", "labels may import changes"},
		{"approval/review.go", "keur/labels", ""}, // what its imports may
		{"approval/review.go", "keur/delivery", "turn the call around"},
		{"delivery/worker.go", "github.com/wneessen/go-mail", "only delivery/smtp"},
		{"delivery/worker.go", "keur/delivery/smtp", "delivery may import"},
		{"delivery/smtp/pool.go", "github.com/wneessen/go-mail/log", ""},
		{"delivery/smtp/pool.go", "keur/delivery", ""},
		{"api/problem.go", "github.com/robfig/cron/v3", "only mailings/schedules"},
		{"mailings/schedules/slot.go", "github.com/robfig/cron/v3", ""},
		{"members/list.go", "github.com/gin-gonic/gin", "only api, web/desk, public"},
		{"api/reviews.go", "github.com/danielgtaylor/huma/v2", ""},
		{"api/reviews.go", "keur/public", "api may import"},
		{"web/routes.go", "keur/reports", ""},
		{"web/routes.go", "keur/web/mailing", ""},
		{"web/mailing/content.go", "keur/web/desk", ""},
		{"web/mailing/content.go", "keur/web/segment", "web/mailing may import"},
		{"web/mailing/content.go", "github.com/gin-gonic/gin", "only api, web/desk, public"},
		{"web/desk/form.go", "keur/web/mailing", "web/desk may import"},
		{"web/mailing/content_test.go", "keur/web/webtest", ""},
		{"web/mailing/content.go", "keur/web/webtest", "for tests"},
		{"web/webtest/window.go", "keur/internal/pgtest", ""},
		{"cmd/keur/serve.go", "keur/public", ""},
		{"cmd/keur/serve.go", "keur/internal/pgtest", "for tests"},
		{"cmd/keur/serve_test.go", "keur/internal/pgtest", ""},
		{"tracking/trackingtest/world.go", "keur/internal/pgtest", ""},
		{"internal/shared/clock.go", "keur/members", "below all rooms"},
		{"internal/pgtest/pgtest.go", "keur/migrations", ""},
		{"members/store.go", "keur/migrations", "members may import"},
		{"migrations/migrations.go", "keur/members", "migrations may import"},
		{"migrations/states_test.go", "keur/members", ""},
		{"migrations/states_test.go", "keur/web", "migrations may import"},
		{"helpers/helpers.go", "fmt", "no such room"},
	} {
		s, err := parse(c.file, []byte("package p\n\nimport _ \""+c.imports+"\"\n"))
		if err != nil {
			t.Fatal(err)
		}
		complaints := strings.Join(s.imports(), "\n")
		if (c.want == "") != (complaints == "") || !strings.Contains(complaints, c.want) {
			t.Errorf("%s importing %s: %q, want %q", c.file, c.imports, complaints, c.want)
		}
	}
}

func TestLengthsBite(t *testing.T) {
	t.Parallel()
	function := "func long() {\n" + strings.Repeat("\t_ = 1\n", maxFunction-1) + "}\n"
	long, err := parse("members/long.go", []byte("package members\n\n"+function))
	if err != nil {
		t.Fatal(err)
	}
	if got := long.lengths(); len(got) != 1 || !strings.Contains(got[0], "long has 61 lines") {
		t.Errorf("function: %q", got)
	}
	tall, err := parse("members/tall_test.go", []byte("package members\n"+strings.Repeat("\n", maxFile)))
	if err != nil {
		t.Fatal(err)
	}
	if got := tall.lengths(); len(got) != 1 || !strings.Contains(got[0], "401 lines") {
		t.Errorf("file: %q", got)
	}
}

func TestCommentsBite(t *testing.T) {
	t.Parallel()
	var sources []source
	for path, text := range map[string]string{
		"good/a.go":       "// Package good is.\npackage good\n",
		"good/b.go":       "package good\n",
		"good/a_test.go":  "package good\n",
		"none/a.go":       "package none\n",
		"two/a.go":        "// Package two is.\npackage two\n",
		"two/b.go":        "// Package two is.\npackage two\n",
		"tests/a_test.go": "// Package tests is.\npackage tests\n",
	} {
		s, err := parse(path, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, s)
	}
	got := comments(sources)
	if len(got) != 2 || !slices.IsSorted(got) || !strings.HasPrefix(got[0], "none: no package") || !strings.HasPrefix(got[1], "two: more") {
		t.Errorf("%q", got)
	}
}
