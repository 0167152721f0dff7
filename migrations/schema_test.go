package migrations_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
)

var update = flag.Bool("update", false, "write schema.sql anew")

const schemaHead = `-- Today's tables on one page, for people to read. Nothing applies this file: it
-- is made of the catalogues of a migrated base (make schema), and a test
-- compares it with them.
--
-- Each table stands with its columns, its indexes, what its triggers do, and
-- what the application's role keur_app may do with it. Functions are in the
-- numbered files, which also say why things are as they are.
`

// TestSchemaOnAPage holds schema.sql, the page that people read, to the tables
// that the numbered files make.
func TestSchemaOnAPage(t *testing.T) {
	t.Parallel()
	p := page{t: t, db: pgtest.Database(t).Owner}
	p.WriteString(schemaHead)
	p.types()
	for _, name := range schema(t) {
		p.file(name)
	}
	if missing := p.missing(); len(missing) > 0 {
		t.Errorf("tables and views that no file is seen to make: %s", missing)
	}
	if *update {
		if err := os.WriteFile("schema.sql", []byte(p.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(kept), "\n"), strings.Split(p.String(), "\n")); diff != "" {
		t.Errorf("schema.sql isn't what the files make; make schema writes it anew\n%s", diff)
	}
}

// page is schema.sql while it is written.
type page struct {
	strings.Builder
	t     *testing.T
	db    *sqlx.DB
	shown []string
}

// all selects rows of the catalogues.
func all[T any](p *page, query string, args ...any) (rows []T) {
	p.t.Helper()
	if err := p.db.Select(&rows, query, args...); err != nil {
		p.t.Fatal(err)
	}
	return rows
}

func (p *page) line(text string, args ...any) { fmt.Fprintf(p, text+"\n", args...) }

func (p *page) types() {
	p.line("")
	for _, name := range all[string](p, `
		SELECT format('CREATE TYPE %I AS ENUM (%s);', t.typname, string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder))
		  FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
		 GROUP BY t.typname
		 ORDER BY t.typname COLLATE "C"`) {
		p.line("%s", name)
	}
}

var (
	made    = regexp.MustCompile(`(?m)^((?:-- .*\n)*)CREATE (?:UNLOGGED )?(TABLE|VIEW) (\w+)`)
	remark  = regexp.MustCompile(`(?m)^  (\w+) .*?\s-- (.*)$`)
	anyOf   = regexp.MustCompile(`([\w()]+) = ANY \(ARRAY\[([^]]*)\]\)`)
	noneOf  = regexp.MustCompile(`([\w()]+) <> ALL \(ARRAY\[([^]]*)\]\)`)
	slotted = regexp.MustCompile(`^([ndbts])(\d+)$`)
	cast    = regexp.MustCompile(`::(text|jsonb|bpchar|character varying|delivery_state|event_kind|regclass)(\[\])?`)
)

// short gives types the names that the files use.
var short = strings.NewReplacer("timestamp with time zone", "timestamptz", "timestamp without time zone", "timestamp",
	"time without time zone", "time", "integer", "int")

// file shows the tables of one numbered file, in its order.
func (p *page) file(name string) {
	text, err := os.ReadFile(name)
	if err != nil {
		p.t.Fatal(err)
	}
	found := made.FindAllStringSubmatchIndex(string(text), -1)
	if len(found) > 0 {
		p.line("\n\n-- %s %s", name, strings.Repeat("-", 76-len(name)))
	}
	for _, at := range found {
		p.line("")
		part := func(n int) string { return string(text[at[2*n]:at[2*n+1]]) }
		p.WriteString(part(1))
		body, _, _ := strings.Cut(string(text[at[0]:]), "\n)")
		remarks := map[string]string{}
		for _, r := range remark.FindAllStringSubmatch(body, -1) {
			remarks[r[1]] = r[2]
		}
		p.shown = append(p.shown, part(3))
		if part(2) == "VIEW" {
			p.line("CREATE VIEW %s AS …", part(3))
			p.rights(part(3))
			continue
		}
		p.table(part(3), remarks)
	}
}

// missing returns tables and views that are in the base and not on the page.
func (p *page) missing() []string {
	return slices.DeleteFunc(all[string](p, `
		SELECT relname FROM pg_class
		 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition
		   AND relname <> 'goose_db_version'`),
		func(name string) bool { return slices.Contains(p.shown, name) })
}

// columnsOf selects each column with what is declared of it alone.
const columnsOf = `
	SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
	       concat_ws(' ',
	         CASE WHEN a.attcollation <> t.typcollation
	              THEN format('COLLATE %I', (SELECT collname FROM pg_collation WHERE oid = a.attcollation)) END,
	         CASE WHEN a.attnotnull AND a.attidentity = '' AND NOT EXISTS (
	                     SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'p' AND k.conkey = ARRAY[a.attnum])
	              THEN 'NOT NULL' END,
	         CASE WHEN a.attidentity <> '' THEN 'GENERATED ALWAYS AS IDENTITY' END,
	         CASE WHEN a.attgenerated <> '' THEN format('GENERATED ALWAYS AS (%s) STORED', pg_get_expr(d.adbin, d.adrelid, true))
	              WHEN d.adbin IS NOT NULL THEN 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid, true) END,
	         (SELECT string_agg(CASE k.contype
	                              WHEN 'p' THEN 'PRIMARY KEY'
	                              WHEN 'u' THEN 'UNIQUE'
	                              WHEN 'f' THEN regexp_replace(pg_get_constraintdef(k.oid, true), '^FOREIGN KEY \(\w+\) |\(\w+\)$', '', 'g')
	                              ELSE pg_get_constraintdef(k.oid, true) END,
	                            ' ' ORDER BY array_position('{p,u,f,c}', k.contype::text), k.conname COLLATE "C")
	            FROM pg_constraint k
	           WHERE k.conrelid = a.attrelid AND k.conkey = ARRAY[a.attnum] AND k.contype IN ('p', 'u', 'f', 'c'))) AS rest
	  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	 WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
	 ORDER BY a.attnum`

type shownColumn struct {
	Name, Type, Rest string
}

func (p *page) table(name string, remarks map[string]string) {
	columns := joinSlots(all[shownColumn](p, columnsOf, name))
	lines, left := declared(columns, remarks)
	for _, rule := range all[string](p, `
		SELECT pg_get_constraintdef(oid, true) FROM pg_constraint
		 WHERE conrelid = $1::regclass AND cardinality(conkey) <> 1 AND contype IN ('p', 'u', 'f', 'c')
		 ORDER BY array_position('{p,u,f,c}', contype::text), oid`, name) {
		lines = append(lines, [2]string{plain(rule), ""})
	}
	kind := all[string](p, `
		SELECT CASE relpersistence WHEN 'u' THEN 'UNLOGGED TABLE' ELSE 'TABLE' END FROM pg_class WHERE oid = $1::regclass`, name)
	p.line("CREATE %s %s (", kind[0], name)
	for i, l := range lines {
		text, comma := l[0], ","
		if i == len(lines)-1 {
			comma = ""
		}
		if l[1] != "" {
			text, comma = fmt.Sprintf("%-46s -- %s", text+comma, l[1]), ""
		}
		if rule := strings.LastIndex(text, " CHECK ("); rule > 0 && len(text) > 130 {
			text = text[:rule] + "\n" + strings.Repeat(" ", left) + text[rule+1:]
		}
		p.line("  %s%s", text, comma)
	}
	p.line(")%s;", strings.Join(all[string](p, `
		SELECT CASE WHEN relkind = 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(oid)
		            ELSE coalesce(' WITH (' || array_to_string(reloptions, ', ') || ')', '') END
		  FROM pg_class WHERE oid = $1::regclass`, name), ""))
	p.indexes(name)
	p.triggers(name)
	p.rights(name)
	for _, c := range all[string](p, `SELECT description FROM pg_description WHERE objoid = $1::regclass AND objsubid = 0`, name) {
		p.line("-- %s", c)
	}
}

// declared returns a line for each column and the remark on it, and how far
// from the left a line goes on.
func declared(columns []shownColumn, remarks map[string]string) (lines [][2]string, left int) {
	widest, widestType := 0, 0
	for i, c := range columns {
		columns[i].Type = short.Replace(c.Type)
		widest, widestType = max(widest, len(c.Name)), max(widestType, len(columns[i].Type))
	}
	for _, c := range columns {
		line := fmt.Sprintf("%-*s %-*s %s", widest, c.Name, widestType, c.Type, c.Rest)
		lines = append(lines, [2]string{plain(strings.TrimRight(line, " ")), remarks[c.Name]})
	}
	return lines, widest + widestType + 4
}

// joinSlots makes one line of the columns that a label's attributes are dealt to.
func joinSlots(columns []shownColumn) (joined []shownColumn) {
	first := ""
	for _, c := range columns {
		slot := slotted.FindStringSubmatch(c.Name)
		if slot == nil {
			joined, first = append(joined, c), ""
			continue
		}
		if first != slot[1] {
			joined, first = append(joined, c), slot[1]
			continue
		}
		joined[len(joined)-1].Name = slot[1] + "1 … " + c.Name
	}
	return joined
}

func (p *page) indexes(table string) {
	for _, index := range all[string](p, `
		SELECT replace(pg_get_indexdef(i.indexrelid, 0, true), 'USING btree ', '')
		  FROM pg_index i
		 WHERE i.indrelid = $1::regclass
		   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))
		 ORDER BY i.indexrelid`, table) {
		p.line("%s;", plain(strings.NewReplacer(" ON ONLY ", " ON ", "public.", "").Replace(index)))
	}
}

// trigger reads what PostgreSQL says of one.
var trigger = regexp.MustCompile(`^CREATE (CONSTRAINT )?TRIGGER \w+ (\w+) (.*?) ON \w+ ` +
	`(?:DEFERRABLE INITIALLY DEFERRED )?(?:REFERENCING .*? )?FOR EACH (\w+) (?:WHEN \((.*)\) )?EXECUTE FUNCTION (.*)$`)

func (p *page) triggers(table string) {
	for _, definition := range all[string](p, `
		SELECT replace(pg_get_triggerdef(oid, true), 'public.', '') FROM pg_trigger
		 WHERE tgrelid = $1::regclass AND NOT tgisinternal
		 ORDER BY tgdeferrable, tgtype & 2 DESC, tgname COLLATE "C"   -- 2: before; the order in which they fire`, table) {
		d := trigger.FindStringSubmatch(definition)
		if d == nil {
			p.t.Fatalf("a trigger that this test can't read: %s", definition)
		}
		when := strings.ToLower(d[2])
		if d[1] != "" {
			when = "at commit, after"
		}
		text := fmt.Sprintf("-- %s %s", when, strings.ToLower(d[3]))
		if d[4] == "STATEMENT" {
			text += ", by statement"
		}
		text += ": " + d[6]
		if d[5] != "" {
			text += "\n--   when " + plain(d[5])
		}
		p.line("%s", text)
	}
}

func (p *page) rights(table string) {
	for _, rights := range all[string](p, `
		WITH may AS (
			SELECT a.privilege_type AS act, NULL AS columns FROM pg_class c, aclexplode(c.relacl) a
			 WHERE c.oid = $1::regclass AND a.grantee = 'keur_app'::regrole
			UNION ALL
			SELECT a.privilege_type, string_agg(t.attname, ', ' ORDER BY t.attnum) FROM pg_attribute t, aclexplode(t.attacl) a
			 WHERE t.attrelid = $1::regclass AND a.grantee = 'keur_app'::regrole
			 GROUP BY 1)
		SELECT coalesce(string_agg(act || coalesce(' (' || columns || ')', ''), ', '
		                           ORDER BY array_position('{SELECT,INSERT,UPDATE,DELETE}', act)), 'nothing')
		  FROM may`, table) {
		p.line("-- keur_app: %s", rights)
	}
}

// plain writes an expression as people do, and not as PostgreSQL keeps it.
func plain(sql string) string {
	sql = cast.ReplaceAllString(sql, "")
	return noneOf.ReplaceAllString(anyOf.ReplaceAllString(sql, "$1 IN ($2)"), "$1 NOT IN ($2)")
}
