package com.pieclouddb.flink.linkage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Resolves class files against a class path as a JVM would, all that they name at once: types, fields and methods,
 * whether those may be used, whether every abstract method is implemented, and no final one overridden.
 *
 * <p>It runs nothing, so it also sees what only a rare path would meet. What is looked up by reflection it does not
 * see.
 */
final class Linker {

    private final ClassLoader path;
    private final String ours;
    private final Map<String, ClassFile> known = new HashMap<>();

    /**
     * @param path finds class files by their names
     * @param ours what the names of the classes begin with that may use each other's internals
     */
    Linker(ClassLoader path, String ours) {
        this.path = path;
        this.ours = ours;
    }

    /** What does not link of this class, in words; empty if all does. */
    Set<String> problems(String name) {
        ClassFile type = find(name);
        Set<String> problems = new TreeSet<>();
        for (String named : type.types) {
            if (find(named) == null) {
                problems.add("no type " + named);
            }
        }
        type.references.forEach(reference -> check(reference, problems));
        if (!type.isInterface()) {
            checkInherited(type, problems);
        }
        return problems;
    }

    private void check(ClassFile.Reference reference, Set<String> problems) {
        ClassFile owner = find(reference.owner);
        boolean takesAnySignature =
                reference.owner.equals("java/lang/invoke/MethodHandle") && reference.member.startsWith("invoke");
        if (owner == null || reference.owner.startsWith("[") || takesAnySignature) {
            // Told as a type, every array's, or every signature's.
            return;
        }
        String words = reference.owner + "." + reference.member;
        if (!reference.ofField && owner.isInterface() != reference.ofInterface) {
            problems.add((owner.isInterface() ? "now an interface: " : "no interface any more: ") + words);
        }
        for (ClassFile type : hierarchy(owner)) {
            Integer access = (reference.ofField ? type.fields : type.methods).get(reference.member);
            if (access != null) {
                if (!isOurs(type.name) && !Modifier.isPublic(access) && !Modifier.isProtected(access)) {
                    problems.add("not accessible: " + words);
                }
                return;
            }
        }
        problems.add((reference.ofField ? "no field " : "no method ") + words);
    }

    private void checkInherited(ClassFile type, Set<String> problems) {
        List<ClassFile> hierarchy = hierarchy(type);
        for (ClassFile parent : hierarchy.subList(1, hierarchy.size())) {
            parent.methods.forEach((method, access) -> {
                Integer own = type.methods.get(method);
                if (Modifier.isFinal(access)
                        && own != null
                        && !Modifier.isPrivate(access)
                        && !Modifier.isStatic(access)) {
                    problems.add("final: " + parent.name + "." + method);
                }
                if (Modifier.isAbstract(access)
                        && !type.isAbstract()
                        && hierarchy.stream()
                                .noneMatch(any ->
                                        !Modifier.isAbstract(any.methods.getOrDefault(method, Modifier.ABSTRACT)))) {
                    problems.add("not implemented: " + parent.name + "." + method);
                }
            });
        }
    }

    /** The class, its parents, and then all their interfaces. */
    private List<ClassFile> hierarchy(ClassFile type) {
        List<ClassFile> parents = new ArrayList<>();
        for (ClassFile parent = type; parent != null; parent = find(parent.superName)) {
            parents.add(parent);
        }
        Set<ClassFile> all = new LinkedHashSet<>(parents);
        parents.forEach(parent -> addInterfaces(parent, all));
        return new ArrayList<>(all);
    }

    private void addInterfaces(ClassFile type, Set<ClassFile> all) {
        for (String name : type.interfaces) {
            ClassFile found = find(name);
            if (found != null && all.add(found)) {
                addInterfaces(found, all);
            }
        }
    }

    private boolean isOurs(String name) {
        return name.startsWith(ours);
    }

    /** Null if there is none. */
    private ClassFile find(String name) {
        return name == null
                ? null
                : known.computeIfAbsent(name, missing -> {
                    try (InputStream in = path.getResourceAsStream(missing + ".class")) {
                        return in == null ? null : ClassFile.read(in);
                    } catch (IOException e) {
                        throw new UncheckedIOException(missing, e);
                    }
                });
    }
}
