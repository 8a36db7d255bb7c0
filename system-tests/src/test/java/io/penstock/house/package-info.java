/**
 * The rules of the house that a compiler does not hold: the direction of the arrows, services declared twice alike, files
 * that stay small, names that are explained.
 */
package io.penstock.house;
