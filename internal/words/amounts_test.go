package words

import "testing"

func TestReadAmount(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]int64{
		"1.234,50": 123450, "1,234.5": 123450, "€ 12": 1200, "0,05": 5, "12.": 1200, "1.234": 123400, "7,5 %": 750, "0": 0,
	} {
		if got, ok := ReadAmount(typed); !ok || got != want {
			t.Errorf("%q: %d %v, want %d", typed, got, ok, want)
		}
	}
	for _, typed := range []string{"", "abc", "-5", "99999999999999999999", "1,x"} {
		if got, ok := ReadAmount(typed); ok {
			t.Errorf("%q was read as %d", typed, got)
		}
	}
}

func TestReadCount(t *testing.T) {
	t.Parallel()
	if n, ok := ReadCount("18.412"); !ok || n != 18412 {
		t.Error(n, ok)
	}
	if _, ok := ReadCount("-1"); ok {
		t.Error("a negative count was read")
	}
}
