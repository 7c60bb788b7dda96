"""Rows are the columns of activities side by side, and keep equal texts once."""

from offtrail.models.rows import COLUMNS, Row, rows

ONE = Row(3600, "111122223333", "user:a", "user", "api:s3:GetObject", "", "", "ip:198.51.100.7")
OTHER = ONE._replace(second=7200, code="AccessDenied", error_class="denied", calls=1)


def test_rows_are_the_columns_side_by_side(reduced):
    table = reduced([ONE, OTHER, ONE._replace(second=9000)])
    plain = zip(*(table.column(name).to_pylist() for name in COLUMNS), strict=True)
    assert rows(table) == [Row(*row) for row in plain]
    assert rows(table.slice(1)) == rows(table)[1:]
    assert rows(table.slice(0, 0)) == []


def test_equal_texts_are_one_object_in_all_tables(reduced):
    texts: dict[str, str] = {}
    first, second = (rows(reduced([one]), texts) for one in (ONE, OTHER))
    assert first[0].principal is second[0].principal
