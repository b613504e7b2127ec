"""Groups of customers that people name by a condition, and views of the list that they keep."""
