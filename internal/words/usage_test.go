package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	pages "text/template/parse"
)

// Every message that source, pages and triggers name is there, every message is
// named somewhere, and what it is given fills exactly its places.
func TestMessagesAreThereUsedAndFilled(t *testing.T) {
	t.Parallel()
	u := newUsage(t)
	if err := filepath.WalkDir("../..", u.visit); err != nil {
		t.Fatal(err)
	}
	for _, key := range u.book.Keys() {
		family, _, _ := strings.Cut(key, ".")
		letter := strings.TrimSuffix(key, "_subject") // a letter's subject goes with it
		if !u.keys[key] && !u.keys[letter] && !u.families[family] {
			t.Errorf("nobody says %s", key)
		}
	}
	if len(u.keys) < 1000 {
		t.Errorf("only %d messages were found in the source", len(u.keys))
	}
}

// The check sees what it is there to see.
func TestUsageFindsMistakes(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`fault.New(fault.Conflict, "members.no_such_thing")`:          "no message",
		`fault.New(fault.Invalid, "this sentence has no key")`:        "no message",
		`fault.At("path", "input.at_most")`:                           "places",
		`fault.At("path", "input.at_most", "least", 1)`:               "places",
		`fault.At("path", "input.at_most", "most", 1, "least", 2)`:    "places",
		`wrong.Add("path", "input.at_most", "most")`:                  "places",
		`words.Of("hold.drift", "now", 1)`:                            "places",
		`fault.At("path", "input.at_most", "most", 1)`:                "",
		`words.Of("hold.drift", "now", 1, "approved", drifted.Count)`: "",
	} {
		u := newUsage(t)
		u.complain = func(_, complaint string) {
			if want == "" || !strings.Contains(complaint, want) {
				t.Errorf("%s: %s", source, complaint)
			}
			want = "*"
		}
		expression, err := parser.ParseExpr(source)
		if err != nil {
			t.Fatal(err)
		}
		u.goNode(token.NewFileSet(), expression)
		if want != "" && want != "*" {
			t.Errorf("%s: nothing was found", source)
		}
	}
}

// A trigger's refusal needs a key, or it is read in English alone.
func TestUsageFindsRefusalsWithoutAKey(t *testing.T) {
	t.Parallel()
	for refusal, want := range map[string]int{
		`RAISE EXCEPTION 'it isn''t done; never %', OLD.state;`:                                      1,
		`RAISE EXCEPTION 'what has ended doesn''t begin again' USING CONSTRAINT = 'database.ended';`: 0,
	} {
		u, complaints := newUsage(t), 0
		u.complain = func(string, string) { complaints++ }
		if u.sql("a migration", refusal); complaints != want {
			t.Errorf("%s: %d complaints, want %d", refusal, complaints, want)
		}
	}
}

// usage is what messages are said where.
type usage struct {
	book           *Book
	keys, families map[string]bool
	complain       func(where, complaint string)
}

func newUsage(t *testing.T) *usage {
	t.Helper()
	book, err := Open(os.DirFS("../../web"))
	if err != nil {
		t.Fatal(err)
	}
	u := &usage{book: book, keys: map[string]bool{}, families: map[string]bool{}}
	u.complain = func(where, complaint string) { t.Errorf("%s: %s", where, complaint) }
	for _, messages := range book.messages {
		for _, p := range messages {
			for _, format := range p.places() {
				u.families[format] = true
			}
		}
	}
	return u
}

func (u *usage) visit(name string, entry fs.DirEntry, err error) error {
	switch {
	case err != nil:
		return err
	case entry.IsDir():
		if entry.Name() == "testdata" || len(entry.Name()) > 2 && entry.Name()[0] == '.' {
			return fs.SkipDir
		}
		return nil
	case strings.HasSuffix(name, "_test.go"):
		return nil
	case strings.HasSuffix(name, ".go"):
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err == nil {
			u.goNode(files, file)
		}
		return err
	case strings.HasSuffix(name, ".html"), strings.HasSuffix(name, ".sql"):
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		switch {
		case strings.HasSuffix(name, ".sql"):
			u.sql(name, string(text))
		case strings.Contains(name, "/web/"), strings.Contains(name, "/public/"):
			return u.page(name, string(text))
		}
	}
	return nil
}

// sayers take a key and what fills its places, and where among their arguments
// the key stands.
var sayers = map[string]int{
	"fault.New": 1, "fault.Wrap": 2, "fault.At": 1, "postgres.Fault": 1, "words.Of": 0, "wrong.Add": 1, ".T": 0,
}

// goNode notes what Go code says. Any call whose arguments have a key is taken to
// say it: rooms have sayers of their own.
func (u *usage) goNode(files *token.FileSet, root ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		if e, is := n.(ast.Expr); is {
			text := literal(e)
			u.keys[text] = u.has(text)
			if family, is := strings.CutSuffix(text, "."); is { // "skip_reason." + code
				u.families[family] = true
			}
		}
		call, is := n.(*ast.CallExpr)
		if !is {
			return true
		}
		where := files.Position(call.Pos()).String()
		at, name := -1, ""
		if s, is := call.Fun.(*ast.SelectorExpr); is {
			name = s.Sel.Name
			if x, is := s.X.(*ast.Ident); is {
				name = x.Name + "." + name
			}
			if i, is := sayers[name]; is {
				at = i
			} else if i, is := sayers["."+s.Sel.Name]; is {
				at = i
			}
			if (s.Sel.Name == "Of" || s.Sel.Name == "Family") && len(call.Args) > 0 {
				u.families[literal(call.Args[0])] = true
			}
		}
		for i, arg := range call.Args {
			key := literal(arg)
			switch {
			case u.has(key):
				u.call(where, key, call, i)
			case i == at && key != "":
				u.complain(where, "there is no message "+key)
			}
		}
		return true
	})
}

func (u *usage) has(key string) bool { return strings.Contains(key, ".") && u.book.In("en").Has(key) }

// call checks the names among the arguments behind a key.
func (u *usage) call(where, key string, call *ast.CallExpr, at int) {
	if call.Ellipsis.IsValid() {
		return
	}
	var names []string
	for _, arg := range call.Args[at+1:] {
		if literal(arg) == "" && len(names)%2 == 0 {
			return // not a call that says it
		}
		names = append(names, literal(arg))
	}
	u.fills(where, key, names)
}

// fills checks names and values in turn against the places of a message.
func (u *usage) fills(where, key string, args []string) {
	var names []string
	for i := 0; i < len(args); i += 2 {
		names = append(names, args[i])
	}
	places := u.book.messages["en"][key].places()
	want := make([]string, 0, len(places))
	for name := range places {
		want = append(want, name)
	}
	if len(u.book.messages["en"][key].one) > 0 && slices.Contains(names, "n") && !slices.Contains(want, "n") {
		want = append(want, "n") // it only chooses between one and several
	}
	slices.Sort(names)
	slices.Sort(want)
	if len(args)%2 != 0 || !slices.Equal(names, want) {
		u.complain(where, key+" has the places "+strings.Join(want, ", ")+", and is given "+strings.Join(names, ", "))
	}
}

// literal returns a text that stands in the source, or "".
func literal(e ast.Expr) string {
	if sum, is := e.(*ast.BinaryExpr); is && sum.Op == token.ADD {
		if left, right := literal(sum.X), literal(sum.Y); left != "" && right != "" {
			return left + right
		}
		return ""
	}
	lit, is := e.(*ast.BasicLit)
	if !is || lit.Kind != token.STRING {
		return ""
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return text
}

// page notes what a page says: t "today.goes" "n" .N, or of "family" .Value.
func (u *usage) page(name, text string) error {
	tree := pages.New(name)
	tree.Mode = pages.SkipFuncCheck
	trees := map[string]*pages.Tree{}
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		return err
	}
	for _, t := range trees {
		if t.Root != nil {
			u.node(name, t.Root)
		}
	}
	return nil
}

func (u *usage) node(where string, n pages.Node) {
	switch n := n.(type) {
	case *pages.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				u.node(where, child)
			}
		}
	case *pages.ActionNode:
		u.node(where, n.Pipe)
	case *pages.IfNode:
		u.branch(where, &n.BranchNode)
	case *pages.RangeNode:
		u.branch(where, &n.BranchNode)
	case *pages.WithNode:
		u.branch(where, &n.BranchNode)
	case *pages.TemplateNode:
		u.node(where, n.Pipe)
	case *pages.PipeNode:
		if n != nil {
			for _, command := range n.Cmds {
				u.command(where, command)
			}
		}
	}
}

func (u *usage) branch(where string, n *pages.BranchNode) {
	u.node(where, n.Pipe)
	u.node(where, n.List)
	u.node(where, n.ElseList)
}

func (u *usage) command(where string, c *pages.CommandNode) {
	var args []string
	for _, arg := range c.Args {
		u.node(where, arg)
		text := ""
		if s, is := arg.(*pages.StringNode); is {
			text = s.Text
		}
		if u.has(text) {
			u.keys[text] = true
		}
		args = append(args, text)
	}
	for i := range args[:max(len(args)-1, 0)] {
		if args[i] == "family" {
			u.families[args[i+1]] = true
		}
	}
	if len(args) < 2 || args[1] == "" {
		return
	}
	switch said(c.Args[0]) {
	case "of":
		u.families[args[1]] = true
	case "t", "T":
		if u.has(args[1]) {
			u.fills(where, args[1], args[2:])
		} else {
			u.complain(where, "there is no message "+args[1])
		}
	}
}

// said returns the name of the function or method that a command calls.
func said(n pages.Node) string {
	switch n := n.(type) {
	case *pages.IdentifierNode:
		return n.Ident
	case *pages.FieldNode:
		return n.Ident[len(n.Ident)-1]
	case *pages.VariableNode:
		return n.Ident[len(n.Ident)-1]
	}
	return ""
}

var (
	named   = regexp.MustCompile(`'key', '([a-z_]+\.[a-z_]+)'(?:, 'args', jsonb_build_object\(([^()]*)\))?`)
	raised  = regexp.MustCompile(`(?s)RAISE EXCEPTION\s+'((?:[^']|'')*)'[^;]*?CONSTRAINT = '([a-z_.]+)'(?:, DETAIL = jsonb_build_object\(((?:[^()]|\([^()]*\))*)\))?`)
	refuses = regexp.MustCompile(`RAISE EXCEPTION\s+'(?:[^']|'')*'[^;]*;`)
)

// sql notes what triggers write down, and what they refuse: the sentence that
// somebody with psql reads is the message in English.
func (u *usage) sql(where, text string) {
	for _, found := range named.FindAllStringSubmatch(text, -1) {
		u.built(where, found[1], found[2])
	}
	for _, refusal := range refuses.FindAllString(text, -1) {
		if !strings.Contains(refusal, "CONSTRAINT = ") {
			u.complain(where, "a trigger refuses without a key: "+refusal)
		}
	}
	for _, found := range raised.FindAllStringSubmatch(text, -1) {
		u.built(where, found[2], found[3])
		sentence := ""
		for _, p := range u.book.messages["en"][found[2]].one {
			if sentence += p.text; p.name != "" {
				sentence += "%"
			}
		}
		if got := strings.ReplaceAll(found[1], "''", "'"); got != sentence {
			u.complain(where, found[2]+" says "+sentence+", and the trigger "+got)
		}
	}
}

func (u *usage) built(where, key, args string) {
	if !u.has(key) {
		u.complain(where, "there is no message "+key)
		return
	}
	u.keys[key] = true
	var names []string
	if args != "" {
		for _, arg := range strings.Split(args, ", ") {
			names = append(names, strings.Trim(arg, "'"))
		}
	}
	u.fills(where, key, names)
}
